#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "understudy/compose/color/moments.h"
#include "understudy/compose/texture/noise.h"
#include "understudy/compose/texture/smooth_blocks.h"
#include "understudy/compose/texture/texture_match.h"
#include "understudy/face/resample.h"

namespace understudy::compose {
namespace {

constexpr double kLargestSigma = 2.5;
constexpr int kNumbers = 8;

/// The sum of the products of all neighbours, one of `a` and one of `b`.
float neighbour_product(const Block& a, const Block& b) {
  float wrapped = 0;  // the end of a row and the start of the next are none
  for (std::size_t end = kBlockSide; end < a.size(); end += kBlockSide) wrapped += a[end - 1] * b[end];
  return product(a.data(), b.data() + 1, a.size() - 1) - wrapped +
         product(a.data(), b.data() + kBlockSide, a.size() - kBlockSide);
}

/// Noise of three channels: mean products at one place, and of neighbours, over all channels.
struct NoiseStatistics {
  cv::Matx33d covariance = cv::Matx33d::zeros();
  double power = 0, neighbours = 0;

  /// Two views of a block that have nothing but the noise in common, or twice the same.
  void add(const ColorBlock& a, const ColorBlock& b, double weight) {
    constexpr double kPixels = kBlockSide * kBlockSide, kPairs = 2.0 * kBlockSide * (kBlockSide - 1);
    cv::Matx33d products;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j)
        products(static_cast<int>(i), static_cast<int>(j)) = product(a[i].data(), b[j].data(), a[i].size());
      neighbours += weight * (neighbour_product(a[i], b[i]) + neighbour_product(b[i], a[i])) / (2 * kPairs);
    }
    covariance += weight * 0.5 / kPixels * (products + products.t());
    power = cv::trace(covariance);
  }
};

/// What the blocks show beside a smooth surface.
NoiseStatistics spatial_statistics(const cv::Mat& picture, const std::vector<cv::Rect>& blocks) {
  NoiseStatistics out;
  for (const cv::Rect& block : blocks) {
    ColorBlock noise = block_at(picture, block.tl());
    for (Block& channel : noise) remove_trend(channel);
    out.add(noise, noise, 1 / (static_cast<double>(blocks.size()) * (1 - kTrendShare)));
  }
  return out;
}

/// How a block differs from its place in the frame before. Nothing where that is not wholly known.
std::optional<ColorBlock> change_of(const TextureSample& sample, const cv::Rect& block) {
  const cv::Point2d centre = cv::Point2d(block.tl() + block.br()) / 2;
  const cv::Point2d moved = face::transform(sample.before_from_plate, centre) - centre;
  const cv::Point whole(cvFloor(moved.x), cvFloor(moved.y));
  constexpr int kReach = 2;  // of cubic interpolation
  const cv::Rect there(block.tl() + whole - cv::Point(kReach, kReach),
                       block.size() + cv::Size(2 * kReach + 1, 2 * kReach + 1));
  if ((there & cv::Rect({}, sample.before.size())) != there) return std::nullopt;
  const face::Affine place(1, 0, kReach + moved.x - whole.x, 0, 1, kReach + moved.y - whole.y);
  const cv::Mat before = face::resample(sample.before(there), place, block.size(), face::Resampling::kSharp);
  return block_at(sample.plate(block) - before, {});
}

/// Takes the mean of each channel away.
void remove_mean(ColorBlock& block) {
  for (Block& channel : block) {
    const float mean =
        std::accumulate(channel.begin(), channel.end(), 0.0F) / static_cast<float>(channel.size());
    for (float& value : channel) value -= mean;
  }
}

double power_in_common(const ColorBlock& a, const ColorBlock& b) {
  double sum = 0;
  for (std::size_t c = 0; c < a.size(); ++c) sum += product(a[c].data(), b[c].data(), a[c].size());
  return sum / (kBlockSide * kBlockSide);
}

/// What the blocks have in common with their own change since the frame before: their noise, and nothing that
/// was there already. The other frame's noise, however interpolated, has no part in it.
///
/// Blocks that share more with their change than they show beside a smooth surface are left out: a hand or
/// its shadow came or went there.
std::optional<NoiseStatistics> temporal_statistics(const TextureSample& sample,
                                                   const std::vector<cv::Rect>& blocks) {
  constexpr double kMost = 4;  // coarse grain looks like a part of the surface, and shows a third of itself
  std::vector<std::pair<ColorBlock, ColorBlock>> views;
  for (const cv::Rect& block : blocks) {
    std::optional<ColorBlock> change = change_of(sample, block);
    if (!change) continue;
    ColorBlock now = block_at(sample.plate, block.tl());
    remove_mean(now);
    remove_mean(*change);
    const double shown = spatial_statistics(sample.plate, {block}).power;
    if (power_in_common(now, *change) <= kMost * shown) views.emplace_back(now, *change);
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
