#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "understudy/compose/blend/blend_mode.h"
#include "understudy/compose/mask.h"

namespace understudy::compose {
namespace {

// What a level adds reaches this many of its pixels beyond where its weight is above 0, once for the blur of
// the weight and once for enlarging: the weight is drawn in by as much, so that all ends inside the matte.
constexpr int kReach = 2;
constexpr int kMostLevels = 7;

/// As many as the matte has room for: most of the face keeps all of its bands.
int levels_for(const cv::Mat& matte) {
  const cv::Rect inside = extent(matte);
  int levels = 1;
  while (levels < kMostLevels && (24 * kReach << levels) < std::min(inside.width, inside.height)) ++levels;
  return levels;
}

std::vector<cv::Mat> gaussian_pyramid(const cv::Mat& picture, int levels) {
  std::vector<cv::Mat> out{picture};
  while (static_cast<int>(out.size()) < levels) {
    cv::Mat smaller;
    cv::pyrDown(out.back(), smaller);
    out.push_back(smaller);
  }
  return out;
}

/// A level's matte, drawn in and softened.
cv::Mat weight_of(const cv::Mat& matte) {
  const cv::Mat around =
      cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(4 * kReach + 1, 4 * kReach + 1));
  cv::Mat drawn_in, soft;
  cv::erode(matte, drawn_in, around);
  cv::GaussianBlur(drawn_in, soft, cv::Size(2 * kReach + 1, 2 * kReach + 1), 0);
  return soft;
}

cv::Mat enlarged(const cv::Mat& picture, cv::Size size) {
  cv::Mat out;
  cv::pyrUp(picture, out, size);
  return out;
}

/// What the levels from here on add: blended + weight * (difference - smooth), written to `blended`.
void add_band(const cv::Mat& difference, const cv::Mat& smooth, const cv::Mat& weight, cv::Mat& blended) {
  for (int y = 0; y < difference.rows; ++y) {
    const auto* whole = difference.ptr<cv::Vec3f>(y);
    const auto* low = smooth.ptr<cv::Vec3f>(y);
    const auto* weights = weight.ptr<float>(y);
    auto* out = blended.ptr<cv::Vec3f>(y);
    for (int x = 0; x < difference.cols; ++x)
      for (int c = 0; c < 3; ++c) out[x][c] += weights[x] * (whole[x][c] - low[x][c]);
  }
}

}  // namespace

Patch blend_laplacian(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte) {
  // Blending is linear: only the bands of the difference are weighed.
  const int levels = levels_for(matte);
  const std::vector<cv::Mat> differences = gaussian_pyramid(face - plate, levels),
                             mattes = gaussian_pyramid(matte, levels);
  const cv::Mat nothing = cv::Mat::zeros(differences.back().size(), CV_32FC3);
  cv::Mat blended = nothing.clone();
  add_band(differences.back(), nothing, weight_of(mattes.back()), blended);
  for (std::size_t level = differences.size() - 1; level-- > 0;) {
    const cv::Size size = differences[level].size();
    blended = enlarged(blended, size);
    add_band(differences[level], enlarged(differences[level + 1], size), weight_of(mattes[level]), blended);
  }
  blended += plate;
  return {blended, steep(matte)};
}

}  // namespace understudy::compose
