#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/core/hal/hal.hpp>

#include "understudy/media/color_scale.h"
#include "understudy/media/picture.h"

namespace understudy::media {
namespace {

/// 16-bit fixed point: samples are held with 15 bits, coefficients with 13, results with 4 behind the point.
struct FixedScale {
  std::int16_t y, rv, bu, gu, gv, y_offset;
};

std::int16_t high_product(std::int16_t a, std::int16_t b) {
  return static_cast<std::int16_t>((static_cast<std::int32_t>(a) * b) >> 16);
}

FixedScale fixed_scale(const PictureFormat& format, const ColorScale& scale) {
  const float top = static_cast<float>(1 << format.bits);
  const auto fixed = [](float value) { return static_cast<std::int16_t>(std::lrint(value * 8192)); };
  const float luma = scale.y_scale * 255 * top / 256, chroma = scale.c_scale * 255 * top / 256;
  return {fixed(luma),
          fixed(scale.red_from_v() * chroma),
          fixed(scale.blue_from_u() * chroma),
          fixed(scale.green_from_u() * chroma),
          fixed(scale.green_from_v() * chroma),
          static_cast<std::int16_t>(std::lrint(scale.y_offset * 32768 / top))};
}

/// `empty`: 16 less the bits of a code.
template <class Sample>
std::int16_t to_15_bits(Sample code, int empty) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(code << empty) >> 1);
}

struct ChromaRows {
  std::vector<std::int16_t> red, green, blue;  ///< what chroma adds, a value per pixel
};

void repeat_each(const std::vector<std::int16_t>& from, int shift, std::vector<std::int16_t>& to) {
  const std::size_t count = to.size();
  if (shift == 1) {
    for (std::size_t i = 0; i < count / 2; ++i) to[2 * i] = to[2 * i + 1] = from[i];
    if (count % 2 == 1) to[count - 1] = from[count / 2];
    return;
  }
  for (std::size_t i = 0; i < count; ++i) to[i] = from[i >> shift];
}

template <class Sample>
void chroma_row(const Picture& picture, int row, const FixedScale& fixed, ChromaRows& samples,
                ChromaRows& pixels) {
  const Sample* from_u = picture.plane(1).ptr<Sample>(row);
  const Sample* from_v = picture.plane(2).ptr<Sample>(row);
  const int empty = 16 - picture.format().bits;
  for (std::size_t i = 0; i < samples.red.size(); ++i) {
    const auto u = static_cast<std::int16_t>(to_15_bits(from_u[i], empty) - 16384);
    const auto v = static_cast<std::int16_t>(to_15_bits(from_v[i], empty) - 16384);
    samples.red[i] = high_product(v, fixed.rv);
    samples.green[i] = static_cast<std::int16_t>(high_product(u, fixed.gu) + high_product(v, fixed.gv));
    samples.blue[i] = high_product(u, fixed.bu);
  }
  const int shift = picture.format().chroma_shift_x;
  repeat_each(samples.red, shift, pixels.red);
  repeat_each(samples.green, shift, pixels.green);
  repeat_each(samples.blue, shift, pixels.blue);
}

/// In 16 bits all along, of which a register holds twice as many as of 32.
std::uint8_t to_8_bits(std::int16_t value) {
  const auto whole = static_cast<std::int16_t>(static_cast<std::int16_t>(value + 8) >> 4);
  return static_cast<std::uint8_t>(std::min(std::max(whole, std::int16_t{0}), std::int16_t{255}));
}

template <class Sample>
[[gnu::always_inline]] inline void scale_luma(const Sample* from, int empty, const FixedScale& fixed,
                                              std::int16_t* to, std::size_t count) {
  const std::int16_t scale = fixed.y, offset = fixed.y_offset;
  for (std::size_t i = 0; i < count; ++i)
    to[i] = high_product(static_cast<std::int16_t>(to_15_bits(from[i], empty) - offset), scale);
}

[[gnu::target_clones("arch=skylake-avx512", "avx2", "default")]] void luma_row(
    const std::uint8_t* from, int empty, const FixedScale& fixed, std::int16_t* to, std::size_t count) {
  scale_luma(from, empty, fixed, to, count);
}
[[gnu::target_clones("arch=skylake-avx512", "avx2", "default")]] void luma_row(
    const std::uint16_t* from, int empty, const FixedScale& fixed, std::int16_t* to, std::size_t count) {
  scale_luma(from, empty, fixed, to, count);
}

[[gnu::target_clones("arch=skylake-avx512", "avx2", "default")]] void add(const std::int16_t* luma,
                                                                          const std::int16_t* chroma,
                                                                          std::uint8_t* to,
                                                                          std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) to[i] = to_8_bits(static_cast<std::int16_t>(luma[i] + chroma[i]));
}

template <class Sample>
cv::Mat yuv_to_bgr8(const Picture& picture) {
  const PictureFormat& format = picture.format();
  const FixedScale fixed = fixed_scale(format, color_scale(format));
  const auto width = static_cast<std::size_t>(format.width);
  const auto chroma_width = static_cast<std::size_t>(format.plane_size(1).width);
  ChromaRows samples{std::vector<std::int16_t>(chroma_width), std::vector<std::int16_t>(chroma_width),
                     std::vector<std::int16_t>(chroma_width)};
  ChromaRows pixels{std::vector<std::int16_t>(width), std::vector<std::int16_t>(width),
                    std::vector<std::int16_t>(width)};
  std::vector<std::int16_t> luma(width);
  std::array<std::vector<std::uint8_t>, 3> line{
      std::vector<std::uint8_t>(width), std::vector<std::uint8_t>(width), std::vector<std::uint8_t>(width)};
  std::array<const uchar*, 3> line_pointers{line[0].data(), line[1].data(), line[2].data()};
  cv::Mat out(format.height, format.width, CV_8UC3);
  const int row_mask = (1 << format.chroma_shift_y) - 1;
  for (int row = 0; row < format.height; ++row) {
    if ((row & row_mask) == 0)
      chroma_row<Sample>(picture, row >> format.chroma_shift_y, fixed, samples, pixels);
    luma_row(picture.plane(0).ptr<Sample>(row), 16 - format.bits, fixed, luma.data(), width);
    add(luma.data(), pixels.blue.data(), line[0].data(), width);
    add(luma.data(), pixels.green.data(), line[1].data(), width);
    add(luma.data(), pixels.red.data(), line[2].data(), width);
    cv::hal::merge8u(line_pointers.data(), out.ptr(row), format.width, 3);
  }
  return out;
}

}  // namespace

cv::Mat Picture::bgr8() const {
  if (format_.model == PictureFormat::Model::kYuv && !format_.is_float())
    return format_.sample == PictureFormat::Sample::kU8 ? yuv_to_bgr8<std::uint8_t>(*this)
                                                        : yuv_to_bgr8<std::uint16_t>(*this);
  const ColorScale scale = color_scale(format_);
  std::array<cv::Mat, 3> channels;
  const int planes = format_.color_planes();
  const bool as_they_are = format_.sample == PictureFormat::Sample::kU8 && format_.full_range;
  for (int i = 0; i < planes; ++i) {
    cv::Mat& channel = channels[static_cast<std::size_t>(planes - 1 - i)];
    if (as_they_are) {
      channel = plane(i);
    } else {
      plane(i).convertTo(channel, CV_8U, 255.0 * scale.y_scale, -255.0 * scale.y_scale * scale.y_offset);
    }
  }
  if (planes == 1) channels[1] = channels[2] = channels[0];
  cv::Mat out;
  cv::merge(channels.data(), channels.size(), out);
  return out;
}

}  // namespace understudy::media
