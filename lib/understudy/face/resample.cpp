#include "understudy/face/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <opencv2/core.hpp>
#include <type_traits>
#include <vector>

#include "understudy/core/error.h"

namespace understudy::face {
namespace {

constexpr unsigned kSteps = 256;  ///< places between two pixels
/// Pixels around the source, so that no place needs a look at the edge.
constexpr int kBefore = 2, kAfter = 3;

/// Two colours of four numbers each side by side.
using Colors [[gnu::vector_size(32)]] = float;

/// What the pixels beside a place weigh: from the one before the place's own on where there are four.
template <int kTaps>
using Weights = std::array<float, kTaps>;

template <int kTaps>
Weights<kTaps> weights_at(double t) {
  if constexpr (kTaps == 2) {
    return {static_cast<float>(1 - t), static_cast<float>(t)};
  } else {
    constexpr double kA = -0.75;
    const auto near = [](double x) { return ((kA + 2) * x - (kA + 3)) * x * x + 1; };
    const auto far = [](double x) { return ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA; };
    return {static_cast<float>(far(1 + t)), static_cast<float>(near(t)), static_cast<float>(near(1 - t)),
            static_cast<float>(far(2 - t))};
  }
}

/// Of all places between two pixels, each weight once, and once as often as a colour has numbers.
template <int kTaps>
struct WeightTable {
  std::array<Weights<kTaps>, kSteps> once;
  std::array<std::array<Colors, kTaps / 2>, kSteps> spread;

  WeightTable() {
    for (std::size_t i = 0; i < kSteps; ++i) {
      once[i] = weights_at<kTaps>(static_cast<double>(i) / kSteps);
      for (int k = 0; k < kTaps; ++k)
        for (int c = 0; c < 4; ++c)
          spread[i][static_cast<std::size_t>(k / 2)][4 * (k % 2) + c] = once[i][static_cast<std::size_t>(k)];
    }
  }
};

template <int kTaps>
const WeightTable<kTaps>& weight_table() {
  static const WeightTable<kTaps> table;
  return table;
}

/// The source as floats with a border around it, colours as four numbers each.
struct Bordered {
  cv::Mat rows;
  const float* numbers;
  std::ptrdiff_t stride;  ///< from row to row
  int channels;           ///< of the source
};

/// Numbers that a pixel of the source becomes.
constexpr int numbers_of(int channels) {
  return channels == 3 ? 4 : 1;
}

template <class Sample>
[[gnu::always_inline]] inline void set_pixel(const Sample* from, int channels, float* to) {
  for (int c = 0; c < channels; ++c) to[c] = static_cast<float>(from[c]);
  if (channels == 3) to[3] = 0;
}

template <int kChannels, class Sample>
void set_row(const Sample* from, int width, bool repeats, float* to) {
  constexpr int kNumbers = numbers_of(kChannels);
  if (!repeats) std::fill_n(to, kNumbers * (width + kBefore + kAfter), 0.0F);
  float* own = to + kBefore * kNumbers;
  for (int x = 0; x < width; ++x) set_pixel(from + x * kChannels, kChannels, own + x * kNumbers);
  if (!repeats) return;
  for (int x = 0; x < kBefore; ++x) set_pixel(from, kChannels, to + x * kNumbers);
  for (int x = width; x < width + kAfter; ++x)
    set_pixel(from + (width - 1) * kChannels, kChannels, own + x * kNumbers);
}

template <class Sample>
Bordered bordered(const cv::Mat& source, Resampling resampling) {
  const bool repeats = resampling == Resampling::kSharp;
  cv::Mat rows(source.rows + kBefore + kAfter,
               numbers_of(source.channels()) * (source.cols + kBefore + kAfter), CV_32FC1);
  for (int row = 0; row < rows.rows; ++row) {
    const int own = row - kBefore, nearest = std::clamp(own, 0, source.rows - 1);
    const auto* from = source.ptr<Sample>(nearest);
    auto* to = rows.ptr<float>(row);
    if (!repeats && own != nearest)
      std::fill_n(to, rows.cols, 0.0F);
    else if (source.channels() == 3)
      set_row<3>(from, source.cols, repeats, to);
    else
      set_row<1>(from, source.cols, repeats, to);
  }
  return {rows, rows.ptr<float>(), static_cast<std::ptrdiff_t>(rows.step1()), source.channels()};
}

/// Where the pixels of a row look: in steps from the bordered picture's first pixel.
struct Places {
  std::vector<unsigned> x, y;
};

/// A pixel beyond the source all is the same. NaN is there, too.
unsigned step_of(double place, int side) {
  const double last = kBefore + side,
               inside = place > kBefore - 1 ? (place < last ? place : last) : kBefore - 1;
  return static_cast<unsigned>(static_cast<int>(inside * kSteps + 0.5));
}

[[gnu::always_inline]] inline void find_places(const Affine& bordered_from_target, cv::Size source, int row,
                                               Places& out) {
  const auto& m = bordered_from_target.val;
  const double x0 = m[1] * row + m[2], y0 = m[4] * row + m[5];
  const int count = static_cast<int>(out.x.size());
  unsigned *x = out.x.data(), *y = out.y.data();
  for (int i = 0; i < count; ++i) {
    x[i] = step_of(m[0] * i + x0, source.width);
    y[i] = step_of(m[3] * i + y0, source.height);
  }
}

/// The first number that a place listens to.
template <int kTaps>
[[gnu::always_inline]] inline const float* first_tap(const Bordered& source, unsigned x, unsigned y,
                                                     int channels) {
  constexpr unsigned kBack = kTaps / 2 - 1;
  return source.numbers + static_cast<std::ptrdiff_t>(y / kSteps - kBack) * source.stride +
         static_cast<std::ptrdiff_t>(x / kSteps - kBack) * channels;
}

template <int kTaps>
[[gnu::always_inline]] inline void color_row(const Bordered& source, const WeightTable<kTaps>& table,
                                             const Places& places, float* to) {
  const std::size_t count = places.x.size();
  for (std::size_t i = 0; i < count; ++i, to += 3) {
    const unsigned x = places.x[i], y = places.y[i];
    const float* from = first_tap<kTaps>(source, x, y, 4);
    const auto& across = table.spread[x % kSteps];
    const auto& down = table.once[y % kSteps];
    Colors sum{};
    for (std::size_t row = 0; row < kTaps; ++row, from += source.stride) {
      Colors in_row{};
      for (std::size_t k = 0; k < kTaps / 2; ++k) {
        Colors pair;
        std::memcpy(&pair, from + 8 * k, sizeof pair);
        in_row += across[k] * pair;
      }
      sum += down[row] * in_row;
    }
    std::array<float, 8> numbers;
    std::memcpy(numbers.data(), &sum, sizeof sum);
    for (std::size_t c = 0; c < 3; ++c) to[c] = numbers[c] + numbers[c + 4];
  }
}

template <int kTaps>
[[gnu::always_inline]] inline void gray_row(const Bordered& source, const WeightTable<kTaps>& table,
                                            const Places& places, float* to) {
  const std::size_t count = places.x.size();
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned x = places.x[i], y = places.y[i];
    const float* from = first_tap<kTaps>(source, x, y, 1);
    const auto& across = table.once[x % kSteps];
    const auto& down = table.once[y % kSteps];
    float sum = 0;
    for (std::size_t row = 0; row < kTaps; ++row, from += source.stride) {
      float in_row = 0;
      for (std::size_t k = 0; k < kTaps; ++k) in_row += across[k] * from[k];
      sum += down[row] * in_row;
    }
    to[i] = sum;
  }
}

template <int kTaps>
[[gnu::always_inline]] inline void any_row(const Bordered& source, const Places& places, float* to) {
  if (source.channels == 1)
    gray_row<kTaps>(source, weight_table<kTaps>(), places, to);
  else
    color_row<kTaps>(source, weight_table<kTaps>(), places, to);
}

[[gnu::target_clones("avx2", "default")]] void show_row(const Bordered& source, cv::Size source_size,
                                                        const Affine& bordered_from_target, int row,
                                                        Resampling resampling, Places& places, float* to) {
  find_places(bordered_from_target, source_size, row, places);
  if (resampling == Resampling::kSharp)
    any_row<4>(source, places, to);
  else
    any_row<2>(source, places, to);
}

template <class Sample>
[[gnu::always_inline]] inline void round_row(const float* from, std::size_t count, Sample* to) {
  constexpr auto kMost = static_cast<float>(std::numeric_limits<Sample>::max());
  for (std::size_t i = 0; i < count; ++i)
    to[i] = static_cast<Sample>(static_cast<int>(std::min(std::max(from[i], 0.0F), kMost) + 0.5F));
}

[[gnu::target_clones("avx2", "default")]] void store_row(const float* from, std::size_t count,
                                                         std::uint8_t* to) {
  round_row(from, count, to);
}
[[gnu::target_clones("avx2", "default")]] void store_row(const float* from, std::size_t count,
                                                         std::uint16_t* to) {
  round_row(from, count, to);
}

template <class Sample>
cv::Mat resampled(const cv::Mat& source, const Affine& source_from_target, cv::Size size,
                  Resampling resampling) {
  const Bordered around = bordered<Sample>(source, resampling);
  Affine bordered_from_target = source_from_target;
  bordered_from_target(0, 2) += kBefore;
  bordered_from_target(1, 2) += kBefore;
  const auto count = static_cast<std::size_t>(size.width);
  Places places{std::vector<unsigned>(count), std::vector<unsigned>(count)};
  std::vector<float> line(count * static_cast<std::size_t>(source.channels()));
  cv::Mat out(size, source.type());
  for (int row = 0; row < size.height; ++row) {
    const auto show = [&](float* to) {
      show_row(around, source.size(), bordered_from_target, row, resampling, places, to);
    };
    if constexpr (std::is_floating_point_v<Sample>) {
      show(out.ptr<float>(row));
    } else {
      show(line.data());
      store_row(line.data(), line.size(), out.ptr<Sample>(row));
    }
  }
  return out;
}

}  // namespace

cv::Mat resample(const cv::Mat& source, const Affine& source_from_target, cv::Size size,
                 Resampling resampling) {
  if (!source.empty() && (source.channels() == 1 || source.channels() == 3)) {
    const auto as = [&](auto sample) {
      return resampled<decltype(sample)>(source, source_from_target, size, resampling);
    };
    if (source.depth() == CV_8U) return as(std::uint8_t{});
    if (source.depth() == CV_16U) return as(std::uint16_t{});
    if (source.depth() == CV_32F) return as(float{});
  }
  throw Error(ErrorCode::kBug,
              "resampling needs a picture of one or three channels, whole numbers or floats");
}

}  // namespace understudy::face
