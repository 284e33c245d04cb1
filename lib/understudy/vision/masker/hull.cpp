#include "understudy/face/mask.h"
#include "understudy/vision/masker/makers.h"

namespace understudy::vision {
namespace {

class Hull final : public Masker {
 public:
  cv::Mat mask(const MaskView& view) override {
    return face::hull_mask(face::transform(view.out_from_picture, view.landmarks), {view.side, view.side});
  }
  std::unique_ptr<Masker> twin() const override { return std::make_unique<Hull>(); }
};

}  // namespace

std::unique_ptr<Masker> make_hull_masker(const MaskerOptions&) {
  return std::make_unique<Hull>();
}

}  // namespace understudy::vision
