#include <opencv2/core.hpp>

#include "understudy/face/mask.h"
#include "understudy/face/pose.h"
#include "understudy/vision/face_network.h"
#include "understudy/vision/masker/makers.h"

namespace understudy::vision {
namespace {

/// What lies outside the landmarks' outline grown by this is another face, or a hand's skin. Up to the hair
/// it is room enough.
constexpr float kGrown = 1.25f;

constexpr double kSure = 0.75, kHardly = 0.25;  // how likely skin is: 255 and 0

/// Moved away from their middle.
face::Landmarks grown(face::Landmarks landmarks) {
  const face::Box box = face::bounding_box(landmarks);
  const cv::Point2f middle = (box.tl() + box.br()) / 2;
  for (cv::Point2f& point : landmarks) point = middle + kGrown * (point - middle);
  return landmarks;
}

class Skin final : public Masker {
 public:
  explicit Skin(FaceNetwork network) : network_(std::move(network)) {}

  cv::Mat mask(const MaskView& view) override {
    const face::Affine seen_from_picture =
        face_view(view.landmarks, face::estimate_pose(view.landmarks).roll_deg);
    const face::Affine seen_from_out = face::compose(seen_from_picture, face::inverse(view.out_from_picture));
    const cv::Size size(view.side, view.side);
    cv::Mat skin = cv::Mat::zeros(size, CV_32FC1), out;
    for (const FaceLook& look : network_.look_both_ways(view.bgr8, seen_from_picture))
      skin += face_mask(look, seen_from_out, size) / 2;
    skin.convertTo(out, CV_8U, 255 / (kSure - kHardly), -255 * kHardly / (kSure - kHardly));
    return cv::min(out, face::hull_mask(grown(face::transform(view.out_from_picture, view.landmarks)), size));
  }

  std::unique_ptr<Masker> twin() const override { return std::make_unique<Skin>(network_.twin()); }

 private:
  FaceNetwork network_;
};

}  // namespace

std::unique_ptr<Masker> make_skin_masker(const MaskerOptions& options) {
  return std::make_unique<Skin>(FaceNetwork(options.model_dir, FaceNetwork::Classes::kAsked));
}

}  // namespace understudy::vision
