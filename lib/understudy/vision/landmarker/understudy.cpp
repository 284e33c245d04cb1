#include <algorithm>

#include "understudy/vision/face_network.h"
#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/landmarker/makers.h"

namespace understudy::vision {
namespace {

constexpr double kEyesInSides = 0.6;          // eye distance of a face seen from the front
constexpr double kSure = 0.01, kLost = 0.10;  // expected error in eye distances

class Understudy final : public Landmarker {
 public:
  explicit Understudy(FaceNetwork network) : network_(std::move(network)) {}

  LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) override {
    check(bgr8, box);
    const face::Affine view = network_.find_view(bgr8, box);
    const auto [plain, mirrored] = network_.look_both_ways(bgr8, view);
    LandmarkResult out;
    const double side = FaceNetwork::kSide / (FaceNetwork::kBoxSides * face::scale_of(view));
    const double eyes = kEyesInSides * side;  // of the landmarks
    for (std::size_t i = 0; i < out.landmarks.size(); ++i) {
      out.landmarks[i] = (plain.landmarks[i] + mirrored.landmarks[i]) / 2;
      const double error = (plain.error[i] + mirrored.error[i]) / 2;
      const double sure = std::clamp((kLost - error / eyes) / (kLost - kSure), 0.0, 1.0);
      out.confidence.push_back(static_cast<float>(std::round(sure * 1000) / 1000));
    }
    return out;
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
