#include "understudy/vision/detector/second_look.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "understudy/vision/detector/doubles.h"

namespace understudy::vision {
namespace {

constexpr std::size_t kAfterJaw = 17;

// Fitted by scripts/faces/fit_second_look.py.
constexpr double kPerScore = 3.390, kPerError = -3.154, kConstant = -9.124;
constexpr double kLikely = 0.75;

double logit(double share) {
  const double inside = std::clamp(share, 1e-6, 1 - 1e-6);
  return std::log(inside / (1 - inside));
}

/// Degrees from the left eye to the right one.
double roll_of(const std::array<cv::Point2f, 5>& points) {
  const cv::Point2f across = points[1] - points[0];
  return std::atan2(across.y, across.x) * 180 / std::numbers::pi;
}

class SecondLook final : public Detector {
 public:
  SecondLook(std::unique_ptr<Detector> first, FaceNetwork network)
      : first_(std::move(first)), network_(std::move(network)) {}

  std::vector<Detection> detect(const cv::Mat& bgr8, double min_score) override {
    std::vector<Find> finds;
    for (const Detection& face : first_->detect(bgr8, kWorthALook)) finds.push_back(find_of(bgr8, face));
    std::ranges::stable_sort(finds, std::ranges::greater(), [](const Find& find) { return find.face.score; });
    std::vector<Detection> out;
    for (const Find& find : finds) {
      if (find.face.score < min_score) break;
      const bool known = std::ranges::any_of(
          out, [&](const Detection& better) { return means_the_same(find.place, better.box); });
      if (!known) out.push_back(find.face);
    }
    return out;
  }

  double sure_score() const override { return kBeyondDoubt * kLikely; }

  std::unique_ptr<Detector> twin() const override {
    return std::make_unique<SecondLook>(first_->twin(), network_.twin());
  }

 private:
  struct Find {
    Detection face;
    face::Box place;
  };

  Find find_of(const cv::Mat& bgr8, const Detection& found) {
    if (found.score >= kBeyondDoubt) return {found, found.box};
    const SeenAgain seen = look_again(network_, bgr8, found);
    Find out{found, seen.place};
    out.face.score = kBeyondDoubt * chance_of_face(found.score, seen.error);
    return out;
  }

  std::unique_ptr<Detector> first_;
  FaceNetwork network_;
};

}  // namespace

SeenAgain look_again(FaceNetwork& network, const cv::Mat& bgr8, const Detection& found) {
  const double side = std::max(found.box.width, found.box.height);
  const FaceLook look = network.look(bgr8, face_view(found.box, roll_of(*found.points)));
  const double sum = std::accumulate(look.error.begin() + kAfterJaw, look.error.end(), 0.0);
  return {sum / (static_cast<double>(look.error.size() - kAfterJaw) * side),
          face::bounding_box(look.landmarks)};
}

double chance_of_face(double score, double error) {
  const double evidence = kPerScore * logit(score) + kPerError * std::log(std::max(error, 1e-6)) + kConstant;
  return 1 / (1 + std::exp(-evidence));
}

std::unique_ptr<Detector> with_second_look(std::unique_ptr<Detector> first, FaceNetwork network) {
  return std::make_unique<SecondLook>(std::move(first), std::move(network));
}

}  // namespace understudy::vision
