#include "understudy/compose/color/lab.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace understudy::compose {
namespace {

constexpr int kStrip = 256;  // pixels that are worked on at once: they stay in the first cache

/// Some pixels, channel by channel.
struct Strip {
  alignas(32) std::array<std::array<float, kStrip>, 3> channel;
};

// Square roots and divisions take the processor ten times as long as products, so there are none.

/// About value^(-1/root), for a start: what makes a number's bits out of its logarithm, more or less, makes
/// them out of a part of it too.
inline float rough_inverse_root(float value, float part, std::int32_t of_one) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  return std::bit_cast<float>(of_one - static_cast<std::int32_t>(static_cast<float>(bits) * part));
}

/// Of a number above 0, to 1e-6 of it: a series for what the rough root lacks, twice.
inline float cube_root(float x) {
  float y = rough_inverse_root(x, 1.0F / 3, 0x54a24000);
  float rest = 1 - x * y * y * y;
  y += y * rest * (0.33333333F + rest * (0.22222222F + rest * 0.17283951F));
  rest = 1 - x * y * y * y;
  y += y * rest * 0.33333333F;
  return x * y * y;
}

/// x^(5/12), of a number above 0, to 1e-6 of it: likewise, by the twelfth root.
inline float five_twelfths(float x) {
  float y = rough_inverse_root(x, 1.0F / 12, 0x44c3c000);
  float y2 = y * y, y4 = y2 * y2, rest = 1 - x * (y4 * y4 * y4);
  y += y * rest * (0.083333333F + rest * 0.045138889F);
  y2 = y * y;
  y4 = y2 * y2;
  rest = 1 - x * (y4 * y4 * y4);
  return x * (y4 * y2 * y) * (1 + rest * (0.58333333F + rest * (0.46180556F + rest * 0.39767699F)));
}

/// sRGB's curve. Its power of 2.4 is a polynomial, fitted to 3e-7.
inline float light_of(float code) {
  const float v = 2.08431035F * code - 1.08431035F;  // from -1 to 1
  const float low =
      2.33240746e-01F +
      v * (4.66892553e-01F + v * (2.72599530e-01F + v * (3.02950643e-02F + v * -3.84569382e-03F)));
  const float high =
      1.09969626e-03F +
      v * (-2.34094185e-04F + v * (2.74152139e-06F + v * (-1.94887957e-04F + v * 1.44541167e-04F)));
  const float v5 = v * v * v * v * v;
  return code > 0.04045F ? low + v5 * high : code * (1 / 12.92F);
}

inline float code_of(float light) {
  return light > 0.0031308F ? 1.055F * five_twelfths(std::max(light, 0.003F)) - 0.055F : 12.92F * light;
}

inline float cut(float value) {
  return std::min(std::max(value, 0.0F), 1.0F);
}

// Lab's own curve.
constexpr float kToe = 0.008856F, kToeSlope = 7.787F, kToeShift = 16.0F / 116;

inline float lab_curve(float light) {
  const float root = cube_root(std::max(light, kToe));
  return light > kToe ? root : kToeSlope * light + kToeShift;
}

inline float lab_light(float value) {
  return value > 0.206893F ? value * value * value : (value - kToeShift) * (1 / kToeSlope);
}

/// B, G, R to L, a, b.
[[gnu::target_clones("avx512f", "avx2", "default")]] void to_lab(Strip& strip) {
  auto &first = strip.channel[0], &second = strip.channel[1], &third = strip.channel[2];
  for (std::size_t i = 0; i < kStrip; ++i) {
    const float b = light_of(cut(first[i])), g = light_of(cut(second[i])), r = light_of(cut(third[i]));
    const float x = lab_curve(0.433953F * r + 0.376219F * g + 0.189828F * b);
    const float y = lab_curve(0.212671F * r + 0.715160F * g + 0.072169F * b);
    const float z = lab_curve(0.017758F * r + 0.109477F * g + 0.872765F * b);
    first[i] = 116 * y - 16;
    second[i] = 500 * (x - y);
    third[i] = 200 * (y - z);
  }
}

/// And back.
[[gnu::target_clones("avx512f", "avx2", "default")]] void from_lab(Strip& strip) {
  auto &first = strip.channel[0], &second = strip.channel[1], &third = strip.channel[2];
  for (std::size_t i = 0; i < kStrip; ++i) {
    const float level = (first[i] + 16) * (1.0F / 116);
    const float x = lab_light(level + second[i] * (1.0F / 500)), y = lab_light(level),
                z = lab_light(level - third[i] * (1.0F / 200));
    first[i] = code_of(cut(0.052891F * x - 0.204043F * y + 1.151152F * z));
    second[i] = code_of(cut(-0.921235F * x + 1.875991F * y + 0.045244F * z));
    third[i] = code_of(cut(3.079933F * x - 1.537150F * y - 0.542782F * z));
  }
}

[[gnu::target_clones("avx512f", "avx2", "default")]] void change(const cv::Vec3f& gain,
                                                                 const cv::Vec3f& shift, Strip& strip) {
  for (int c = 0; c < 3; ++c)
    for (float& value : strip.channel[static_cast<std::size_t>(c)]) value = gain[c] * value + shift[c];
}

[[gnu::target_clones("avx512f", "avx2", "default")]] void take_apart(const float* pixels, std::size_t count,
                                                                     Strip& strip) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = 0; c < 3; ++c) strip.channel[c][i] = pixels[3 * i + c];
}

[[gnu::target_clones("avx512f", "avx2", "default")]] void put_together(const Strip& strip, std::size_t count,
                                                                       float* pixels) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t c = 0; c < 3; ++c) pixels[3 * i + c] = strip.channel[c][i];
}

/// Calls work(strip) for all pixels; what it leaves there is the result.
template <class Work>
cv::Mat by_strips(const cv::Mat& picture, Work&& work) {
  cv::Mat out(picture.size(), CV_32FC3);
  Strip strip{};
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; x += kStrip) {
      const auto count = static_cast<std::size_t>(std::min(kStrip, picture.cols - x));
      take_apart(picture.ptr<float>(y) + 3 * x, count, strip);
      work(strip);
      put_together(strip, count, out.ptr<float>(y) + 3 * x);
    }
  }
  return out;
}

}  // namespace

cv::Mat lab_from_bgr(const cv::Mat& bgr) {
  return by_strips(bgr, to_lab);
}

cv::Mat bgr_from_lab(const cv::Mat& lab) {
  return by_strips(lab, from_lab);
}

cv::Mat changed_in_lab(const cv::Mat& bgr, const cv::Vec3f& gain, const cv::Vec3f& shift) {
  return by_strips(bgr, [&](Strip& strip) {
    to_lab(strip);
    change(gain, shift, strip);
    from_lab(strip);
  });
}

}  // namespace understudy::compose
