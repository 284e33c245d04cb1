#include "understudy/compose/blend.h"

namespace understudy::compose {

const Table<BlendMode>& blend_modes() {
  static const Table<BlendMode> table{"blend mode",
                                      {{"feather", "the soft edge of the matte",
                                        [](const cv::Mat& face, const cv::Mat&, const cv::Mat& matte) {
                                          return Patch{face, matte};
                                        }}}};
  return table;
}

}  // namespace understudy::compose
