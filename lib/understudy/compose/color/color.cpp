#include "understudy/compose/color.h"

#include <opencv2/core.hpp>

#include "understudy/compose/color/color_match.h"

namespace understudy::compose {

const Table<ColorMatch>& color_matches() {
  static const Table<ColorMatch> table{
      "colour match",
      {{"none", "leave the swapped face's colours alone", match_none},
       {"reinhard", "match mean and spread in Lab", match_reinhard},
       {"covariance", "match mean, principal axes and spread along them", match_covariance},
       {"mkl", "match mean and covariance by the smallest linear change", match_mkl},
       {"low-frequency", "match the illumination, keep the detail", match_low_frequency}}};
  return table;
}

cv::Mat match_color(ColorMatch match, const cv::Mat& face, const ColorSample& sample,
                    const ColorSettings& settings) {
  if (face.type() != CV_32FC3 || sample.face.type() != CV_32FC3 || sample.plate.type() != CV_32FC3 ||
      sample.mask.type() != CV_32FC1 || sample.face.size() != sample.plate.size() ||
      sample.face.size() != sample.mask.size())
    throw Error(ErrorCode::kBug, "a colour match needs float pictures, and a sample of one size");
  if (cv::sum(sample.mask)[0] < 1) return face;
  return match(face, sample, settings);
}

}  // namespace understudy::compose
