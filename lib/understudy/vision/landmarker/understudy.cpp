#include "understudy/vision/face_network.h"
#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/landmarker/makers.h"

namespace understudy::vision {
namespace {

class Understudy final : public Landmarker {
 public:
  explicit Understudy(FaceNetwork network) : network_(std::move(network)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    const face::Affine view = network_.find_view(bgr8, box);
    return mean_of(network_.look_both_ways(bgr8, view), view);
  }

  std::unique_ptr<Landmarker> twin() const override { return std::make_unique<Understudy>(network_.twin()); }

 private:
  FaceNetwork network_;
};

}  // namespace

std::unique_ptr<Landmarker> make_understudy_landmarker(const LandmarkerOptions& options) {
  return std::make_unique<Understudy>(FaceNetwork(options.model_dir));
}

}  // namespace understudy::vision
