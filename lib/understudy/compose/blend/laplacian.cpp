#include <algorithm>
#include <array>
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
  cv::Mat soft;
  cv::GaussianBlur(eroded(matte, 2 * kReach), soft, cv::Size(2 * kReach + 1, 2 * kReach + 1), 0);
  return soft;
}

// Channels apart, so that the widest registers take pixels that lie side by side.

[[gnu::target_clones("avx512f", "avx2", "default")]] void subtract(const float* face, const float* plate,
                                                                   int count, float* b, float* g, float* r) {
  for (int x = 0; x < count; ++x) {
    b[x] = face[3 * x] - plate[3 * x];
    g[x] = face[3 * x + 1] - plate[3 * x + 1];
    r[x] = face[3 * x + 2] - plate[3 * x + 2];
  }
}

[[gnu::target_clones("avx512f", "avx2", "default")]] void add(const float* plate, const float* b,
                                                              const float* g, const float* r, int count,
                                                              float* out) {
  for (int x = 0; x < count; ++x) {
    out[3 * x] = plate[3 * x] + b[x];
    out[3 * x + 1] = plate[3 * x + 1] + g[x];
    out[3 * x + 2] = plate[3 * x + 2] + r[x];
  }
}

/// A row between three rows of a smaller picture.
[[gnu::target_clones("avx512f", "avx2", "default")]] void between(const std::array<const float*, 3>& rows,
                                                                  const std::array<float, 3>& shares,
                                                                  int count, float* out) {
  for (int x = 0; x < count; ++x)
    out[x] = shares[0] * rows[0][x] + shares[1] * rows[1][x] + shares[2] * rows[2][x];
}

/// Row y of a picture enlarged to twice its size, before its own pixels are doubled (Burt & Adelson's EXPAND,
/// with the borders of cv::pyrUp). `row` has room for a pixel before and behind.
void enlarge_between_rows(const cv::Mat& smaller, int y, float* row) {
  const int last = smaller.rows - 1, at = y / 2;
  const std::array rows{smaller.ptr<float>(at > 0 ? at - 1 : std::min(1, last)), smaller.ptr<float>(at),
                        smaller.ptr<float>(std::min(at + 1, last))};
  const bool even = y % 2 == 0;
  between(rows, even ? std::array{0.125F, 0.75F, 0.125F} : std::array{0.0F, 0.5F, 0.5F}, smaller.cols, row);
  row[-1] = row[std::min(1, smaller.cols - 1)];
  row[smaller.cols] = row[smaller.cols - 1];
}

/// A pixel of an enlarged row: that of the smaller row itself, and the next.
inline float enlarged(const float* row) {
  return 0.125F * (row[-1] + row[1]) + 0.75F * row[0];
}
inline float enlarged_next(const float* row) {
  return 0.5F * (row[0] + row[1]);
}

/// out = enlarged blended + weight * (whole - enlarged smooth).
[[gnu::target_clones("avx512f", "avx2", "default")]] void add_row(const float* blended, const float* smooth,
                                                                  const float* whole, const float* weight,
                                                                  int count, float* out) {
  const int pairs = count / 2;
  for (int i = 0; i < pairs; ++i) {
    out[2 * i] = enlarged(blended + i) + weight[2 * i] * (whole[2 * i] - enlarged(smooth + i));
    out[2 * i + 1] =
        enlarged_next(blended + i) + weight[2 * i + 1] * (whole[2 * i + 1] - enlarged_next(smooth + i));
  }
  if (const int last = count - 1; last % 2 == 0)
    out[last] = enlarged(blended + pairs) + weight[last] * (whole[last] - enlarged(smooth + pairs));
}

/// What this level and those from here on add to one channel. `smooth` is `whole` of the next level,
/// `blended` what that level gave.
cv::Mat add_band(const cv::Mat& whole, const cv::Mat& smooth, const cv::Mat& weight, const cv::Mat& blended) {
  cv::Mat out(whole.size(), CV_32FC1);
  std::vector<float> rows(2 * (static_cast<std::size_t>(smooth.cols) + 2));
  float *smooth_row = rows.data() + 1, *blended_row = smooth_row + smooth.cols + 2;
  for (int y = 0; y < whole.rows; ++y) {
    enlarge_between_rows(smooth, y, smooth_row);
    enlarge_between_rows(blended, y, blended_row);
    add_row(blended_row, smooth_row, whole.ptr<float>(y), weight.ptr<float>(y), whole.cols,
            out.ptr<float>(y));
  }
  return out;
}

/// What one channel of the difference adds to the plate.
cv::Mat blended(const cv::Mat& difference, const std::vector<cv::Mat>& weights) {
  const std::vector<cv::Mat> levels = gaussian_pyramid(difference, static_cast<int>(weights.size()));
  cv::Mat out = levels.back().mul(weights.back());
  for (std::size_t i = levels.size() - 1; i-- > 0;) out = add_band(levels[i], levels[i + 1], weights[i], out);
  return out;
}

}  // namespace

Patch blend_laplacian(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte) {
  std::vector<cv::Mat> weights = gaussian_pyramid(matte, levels_for(matte));
  std::ranges::transform(weights, weights.begin(), weight_of);
  // Blending is linear: only the bands of the difference are weighed.
  std::array<cv::Mat, 3> change;
  for (cv::Mat& channel : change) channel.create(face.size(), CV_32FC1);
  for (int y = 0; y < face.rows; ++y)
    subtract(face.ptr<float>(y), plate.ptr<float>(y), face.cols, change[0].ptr<float>(y),
             change[1].ptr<float>(y), change[2].ptr<float>(y));
  for (cv::Mat& channel : change) channel = blended(channel, weights);
  cv::Mat color(face.size(), CV_32FC3);
  for (int y = 0; y < face.rows; ++y)
    add(plate.ptr<float>(y), change[0].ptr<float>(y), change[1].ptr<float>(y), change[2].ptr<float>(y),
        face.cols, color.ptr<float>(y));
  return {color, steep(matte)};
}

}  // namespace understudy::compose
