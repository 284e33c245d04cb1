#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "understudy/compose/color/moments.h"
#include "understudy/compose/texture/noise.h"
#include "understudy/compose/texture/smooth_blocks.h"
#include "understudy/compose/texture/texture_match.h"

namespace understudy::compose {
namespace {

constexpr double kLargestSigma = 2.5;
constexpr int kNumbers = 8;

/// Noise of three channels: mean products at one place, and of neighbours, over all channels.
struct NoiseStatistics {
  cv::Matx33d covariance = cv::Matx33d::zeros();
  double power = 0, neighbours = 0;

  /// Two views of a block that have nothing but the noise in common, or twice the same.
  void add(const cv::Mat& a, const cv::Mat& b, double weight) {
    const int pixels = static_cast<int>(a.total());
    cv::Mat products;
    cv::gemm(a.reshape(1, pixels), b.reshape(1, pixels), 1.0 / pixels, cv::noArray(), 0, products,
             cv::GEMM_1_T);
    products.convertTo(products, CV_64F);
    const cv::Matx33d mean(products.ptr<double>());
    covariance += weight * 0.5 * (mean + mean.t());
    power = cv::trace(covariance);
    const cv::Rect left(0, 0, a.cols - 1, a.rows), upper(0, 0, a.cols, a.rows - 1);
    const auto product = [&](const cv::Rect& from, const cv::Point& step) {
      return a(from).dot(b(from + step)) + b(from).dot(a(from + step));
    };
    neighbours +=
        weight * (product(left, {1, 0}) + product(upper, {0, 1})) / (2 * (left.area() + upper.area()));
  }
};

/// What the blocks show beside a smooth surface.
NoiseStatistics spatial_statistics(const cv::Mat& picture, const std::vector<cv::Rect>& blocks) {
  NoiseStatistics out;
  for (const cv::Rect& block : blocks) {
    const cv::Mat noise = without_trend(picture(block));
    out.add(noise, noise, 1 / (static_cast<double>(blocks.size()) * (1 - kTrendShare)));
  }
  return out;
}

/// How a block differs from its place in the frame before. Empty where that is not wholly known.
cv::Mat change_of(const TextureSample& sample, const cv::Rect& block) {
  const cv::Point2d centre = cv::Point2d(block.tl() + block.br()) / 2;
  const cv::Point2d moved = face::transform(sample.before_from_plate, centre) - centre;
  const cv::Point whole(cvFloor(moved.x), cvFloor(moved.y));
  constexpr int kReach = 2;  // of cubic interpolation
  const cv::Rect there(block.tl() + whole - cv::Point(kReach, kReach),
                       block.size() + cv::Size(2 * kReach + 1, 2 * kReach + 1));
  if ((there & cv::Rect({}, sample.before.size())) != there) return {};
  const cv::Matx23d place(1, 0, kReach + moved.x - whole.x, 0, 1, kReach + moved.y - whole.y);
  cv::Mat before;
  cv::warpAffine(sample.before(there), before, place, block.size(), cv::INTER_CUBIC | cv::WARP_INVERSE_MAP);
  return sample.plate(block) - before;
}

/// What the blocks have in common with their own change since the frame before: their noise, and nothing that
/// was there already. The other frame's noise, however interpolated, has no part in it.
///
/// Blocks that share more with their change than they show beside a smooth surface are left out: a hand or
/// its shadow came or went there.
std::optional<NoiseStatistics> temporal_statistics(const TextureSample& sample,
                                                   const std::vector<cv::Rect>& blocks) {
  constexpr double kMost = 4;  // coarse grain looks like a part of the surface, and shows a third of itself
  std::vector<std::pair<cv::Mat, cv::Mat>> views;
  for (const cv::Rect& block : blocks) {
    const cv::Mat change = change_of(sample, block);
    if (change.empty()) continue;
    const cv::Mat now = sample.plate(block) - cv::mean(sample.plate(block));
    const cv::Mat changed = change - cv::mean(change);
    const double shown = spatial_statistics(sample.plate, {block}).power;
    if (now.dot(changed) / static_cast<double>(now.total()) <= kMost * shown)
      views.emplace_back(now, changed);
  }
  if (views.empty()) return std::nullopt;
  NoiseStatistics out;
  for (const auto& [now, changed] : views) out.add(now, changed, 1 / static_cast<double>(views.size()));
  return out;
}

/// The correlation of neighbours in white noise blurred by `sigma` pixels.
double correlation_at(double sigma) {
  const int radius = cvCeil(4 * sigma);
  const cv::Mat kernel = cv::getGaussianKernel(2 * radius + 1, sigma, CV_64F);
  return kernel.rowRange(1, kernel.rows).dot(kernel.rowRange(0, kernel.rows - 1)) / kernel.dot(kernel);
}

/// How far white noise must be blurred to look like this.
double sigma_of(double correlation) {
  double low = 0.1, high = kLargestSigma;
  if (correlation <= correlation_at(low)) return 0;
  for (int i = 0; i < 30; ++i)
    (correlation_at((low + high) / 2) < correlation ? low : high) = (low + high) / 2;
  return high;
}

struct Grain {
  cv::Matx33d added;  ///< covariance of what the face lacks
  double level, sigma;
};

Grain grain_of(const cv::Mat& measured) {
  const auto* m = measured.ptr<float>();
  const PrincipalAxes lacking =
      principal_axes(cv::Matx33d(m[0], m[1], m[2], m[1], m[3], m[4], m[2], m[4], m[5]));
  Grain out;
  out.added = composed(lacking.axes, {std::max(0.0, lacking.values[0]), std::max(0.0, lacking.values[1]),
                                      std::max(0.0, lacking.values[2])});
  out.level = std::sqrt(std::max(0.0F, m[6]) / 3);
  out.sigma = m[6] > 0 ? sigma_of(m[7] / m[6]) : 0;
  return out;
}

}  // namespace

cv::Mat measure_grain(const TextureSample& sample) {
  if (sample.before.empty() && !sample.still) return {};
  const std::vector<cv::Rect>& blocks = sample.smooth;
  if (blocks.empty()) return {};
  const std::optional<NoiseStatistics> plate =
      sample.before.empty() ? spatial_statistics(sample.plate, blocks) : temporal_statistics(sample, blocks);
  if (!plate) return {};
  // A face that has about the plate's own gets none: the two are known to a tenth or so.
  constexpr double kGuard = 1.2;
  const NoiseStatistics own = spatial_statistics(sample.face, blocks);
  const cv::Matx33d lacking = plate->covariance - kGuard * own.covariance;
  cv::Mat out(1, kNumbers, CV_32FC1);
  auto* to = out.ptr<float>();
  for (int row = 0; row < 3; ++row)
    for (int column = row; column < 3; ++column) *to++ = static_cast<float>(lacking(row, column));
  *to++ = static_cast<float>(plate->power);
  *to++ = static_cast<float>(plate->neighbours);
  return out;
}

cv::Mat apply_grain(const cv::Mat& face, const cv::Mat& measured, const TexturePlace& place) {
  const Grain grain = grain_of(measured);
  if (!(cv::trace(grain.added) > 0)) return face;
  const PrincipalAxes axes = principal_axes(grain.added);
  const cv::Matx33d mixing =
      composed(axes.axes, {std::sqrt(std::max(0.0, axes.values[0])), std::sqrt(std::max(0.0, axes.values[1])),
                           std::sqrt(std::max(0.0, axes.values[2]))});
  return with_noise(face, grain.sigma, mixing, place.seed);
}

NamedNumbers describe_grain(const cv::Mat& measured) {
  const Grain grain = grain_of(measured);
  return {{"level_codes", 255 * grain.level},
          {"size_px", grain.sigma},
          {"added_codes", 255 * std::sqrt(cv::trace(grain.added) / 3)}};
}

}  // namespace understudy::compose
