#include <algorithm>
#include <array>

#include "understudy/core/error.h"
#include "understudy/vision/embedder.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

constexpr double kTemplateSide = 112;
// Eyes, nose tip and mouth corners, the left ones in the picture first, as networks of that kind expect them.
const std::array<cv::Point2d, 5> kTemplate = {
    {{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}};
constexpr double kSmallest = 1e-3;  // view pixels by plate pixel: less is no face

std::array<cv::Point2d, 5> five_points(const face::Landmarks& landmarks) {
  const auto mean = [&](std::size_t first, std::size_t count) {
    cv::Point2d sum;
    for (std::size_t i = first; i < first + count; ++i) sum += cv::Point2d(landmarks[i]);
    return sum / static_cast<double>(count);
  };
  return {mean(36, 6), mean(42, 6), landmarks[30], landmarks[48], landmarks[54]};
}

}  // namespace

cv::Mat identity_view(const cv::Mat& bgr8, const face::Landmarks& landmarks, int side) {
  const auto points = five_points(landmarks);
  const bool in_one_place =
      std::ranges::all_of(points, [&](cv::Point2d p) { return cv::norm(p - points[0]) < kSmallest; });
  if (bgr8.empty() || bgr8.type() != CV_8UC3 || in_one_place)
    throw Error(ErrorCode::kFormat, bgr8.empty() || bgr8.type() != CV_8UC3
                                        ? "a face's picture is empty or no colour picture of 8 bits"
                                        : "a face's landmarks all lie in one place");
  std::array<cv::Point2d, 5> target = kTemplate;
  for (cv::Point2d& p : target) {
    p.x = (p.x + 0.5) * side / kTemplateSide - 0.5;
    p.y = (p.y + 0.5) * side / kTemplateSide - 0.5;
  }
  return warp(bgr8, face::fit_similarity(points, target), {side, side});
}

}  // namespace understudy::vision
