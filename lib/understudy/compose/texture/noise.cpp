#include "understudy/compose/texture/noise.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "understudy/core/seeds.h"

namespace understudy::compose {
namespace {

using Row = std::vector<float>;

// The sum of four bytes evenly spread over 0..255.
constexpr float kMean = 510;
const float kScale = 1 / std::sqrt(4 * (256.0F * 256.0F - 1) / 12);

/// Noise of variance 1: the samples from `first` on of those that `seed` has. Each is a mixed counter (after
/// Wellons' lowbias32), so that they can be made side by side.
[[gnu::target_clones("avx2", "default")]] void white_noise(std::uint64_t seed, std::uint32_t first,
                                                           float* out, int count) {
  const auto low = static_cast<std::uint32_t>(seed), high = static_cast<std::uint32_t>(seed >> 32);
  for (int i = 0; i < count; ++i) {
    std::uint32_t bits = (first + static_cast<std::uint32_t>(i)) ^ low;
    bits = (bits ^ (bits >> 16)) * 0x7feb352dU;
    bits = (bits ^ (bits >> 15) ^ high) * 0x846ca68bU;
    bits ^= bits >> 16;
    const std::uint32_t pairs = (bits & 0xff00ffU) + ((bits >> 8) & 0xff00ffU);
    const auto sum = static_cast<std::int32_t>((pairs & 0xffffU) + (pairs >> 16));
    out[i] = (static_cast<float>(sum) - kMean) * kScale;
  }
}

[[gnu::target_clones("avx2", "default")]] void set_product(float factor, const float* from, float* to,
                                                           std::size_t count) {
  for (std::size_t x = 0; x < count; ++x) to[x] = factor * from[x];
}

[[gnu::target_clones("avx2", "default")]] void add_product(float factor, const float* from, float* to,
                                                           std::size_t count) {
  for (std::size_t x = 0; x < count; ++x) to[x] += factor * from[x];
}

/// out = the sum of taps[k] * row(k).
template <class RowOf>
void weigh(const std::vector<float>& taps, const RowOf& row, Row& out) {
  set_product(taps[0], row(0), out.data(), out.size());
  for (std::size_t k = 1; k < taps.size(); ++k) add_product(taps[k], row(k), out.data(), out.size());
}

/// to = from + mixing * noise, for pixels of three channels.
[[gnu::target_clones("avx2", "default")]] void add_mixed(const cv::Matx33f& m,
                                                         const std::array<const float*, 3>& noise,
                                                         const float* from, float* to, int count) {
  const float *a = noise[0], *b = noise[1], *c = noise[2];
  for (int x = 0; x < count; ++x)
    for (int k = 0; k < 3; ++k)
      to[3 * x + k] = from[3 * x + k] + m(k, 0) * a[x] + m(k, 1) * b[x] + m(k, 2) * c[x];
}

/// A Gaussian whose squares add up to 1: blurred white noise keeps its variance.
std::vector<float> taps_of(double sigma) {
  const int radius = sigma > 0 ? cvCeil(3 * sigma) : 0;
  cv::Mat kernel = cv::getGaussianKernel(2 * radius + 1, sigma > 0 ? sigma : 1, CV_32F);
  kernel /= cv::norm(kernel);
  return {kernel.begin<float>(), kernel.end<float>()};
}

/// One channel of the noise, row after row.
class Channel {
 public:
  Channel(const std::vector<float>& taps, int width, std::uint64_t seed)
      : taps_(taps),
        seed_(mix_bits(seed)),
        white_(static_cast<std::size_t>(width) + taps.size() - 1),
        rows_(taps.size(), Row(static_cast<std::size_t>(width))),
        next_(static_cast<std::size_t>(width)) {
    for (std::size_t i = 0; i + 1 < taps.size(); ++i) make_row();
  }

  const Row& next() {
    make_row();
    const auto oldest_first = [this](std::size_t k) { return rows_[(made_ + k) % rows_.size()].data(); };
    weigh(taps_, oldest_first, next_);
    return next_;
  }

 private:
  /// The next row, blurred along itself.
  void make_row() {
    white_noise(seed_, static_cast<std::uint32_t>(made_ * white_.size()), white_.data(),
                static_cast<int>(white_.size()));
    weigh(
        taps_, [this](std::size_t k) { return white_.data() + k; }, rows_[made_ % rows_.size()]);
    ++made_;
  }

  const std::vector<float>& taps_;
  std::uint64_t seed_;
  std::size_t made_ = 0;
  Row white_;
  std::vector<Row> rows_;  ///< the last ones made
  Row next_;
};

}  // namespace

cv::Mat with_noise(const cv::Mat& picture, double sigma, const cv::Matx33d& mixing, std::uint64_t seed) {
  const std::vector<float> taps = taps_of(sigma);
  std::array<Channel, 3> channels{Channel(taps, picture.cols, seed), Channel(taps, picture.cols, seed + 1),
                                  Channel(taps, picture.cols, seed + 2)};
  cv::Mat out(picture.size(), CV_32FC3);
  for (int y = 0; y < picture.rows; ++y)
    add_mixed(mixing, {channels[0].next().data(), channels[1].next().data(), channels[2].next().data()},
              picture.ptr<float>(y), out.ptr<float>(y), picture.cols);
  return out;
}

}  // namespace understudy::compose
