#include "understudy/dataset/png_pixels.h"

#include <libdeflate.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <memory>
#include <new>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "understudy/core/big_endian.h"
#include "understudy/core/error.h"
#include "understudy/dataset/png_chunks.h"
#include "understudy/dataset/quick_deflate.h"

namespace understudy::dataset {
namespace {

enum Filter : uchar { kNone, kSub, kUp, kAverage, kPaeth };

/// Between a PNG's order of channels and bytes and OpenCV's, both ways.
void reorder(const cv::Mat& from, cv::Mat& to) {
  if (from.channels() == 3)
    cv::cvtColor(from, to, cv::COLOR_BGR2RGB);
  else
    from.copyTo(to);
  if (to.depth() != CV_16U || std::endian::native == std::endian::big) return;
  for (int y = 0; y < to.rows; ++y) {
    auto* row = to.ptr<std::uint16_t>(y);
    for (int x = 0; x < to.cols * to.channels(); ++x)
      row[x] = static_cast<std::uint16_t>(row[x] << 8 | row[x] >> 8);
  }
}

uchar paeth(int left, int above, int corner) {
  const int to_left = std::abs(above - corner), to_above = std::abs(left - corner),
            to_corner = std::abs(left + above - 2 * corner);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<uchar>(left);
  return static_cast<uchar>(to_above <= to_corner ? above : corner);
}

/// Undoes the filter Sub of pixels of `Pixel` bytes.
template <std::size_t Pixel>
void add_up(const uchar* in, uchar* out, std::size_t bytes) {
  std::array<uchar, Pixel> left{};  // in registers: what was just written need not be read again
  for (std::size_t i = 0; i < bytes; i += Pixel)
    for (std::size_t c = 0; c < Pixel; ++c) out[i + c] = left[c] = static_cast<uchar>(left[c] + in[i + c]);
}

void add_up(const uchar* in, uchar* out, std::size_t bytes, std::size_t pixel) {
  switch (pixel) {
    case 1:
      return add_up<1>(in, out, bytes);
    case 2:
      return add_up<2>(in, out, bytes);
    case 3:
      return add_up<3>(in, out, bytes);
    default:
      return add_up<6>(in, out, bytes);
  }
}

/// Undoes a row's filter; `above` is the row before, zeros for the first. False for a filter that there is
/// not.
bool unfilter(uchar filter, const uchar* in, const uchar* above, uchar* out, std::size_t bytes,
              std::size_t pixel) {
  const auto left = [&](std::size_t i) -> int { return i < pixel ? 0 : out[i - pixel]; };
  const auto corner = [&](std::size_t i) -> int { return i < pixel ? 0 : above[i - pixel]; };
  switch (filter) {
    case kNone:
      std::copy_n(in, bytes, out);
      return true;
    case kSub:
      add_up(in, out, bytes, pixel);
      return true;
    case kUp:
      for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<uchar>(in[i] + above[i]);
      return true;
    case kAverage:
      for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<uchar>(in[i] + (left(i) + above[i]) / 2);
      return true;
    case kPaeth:
      for (std::size_t i = 0; i < bytes; ++i)
        out[i] = static_cast<uchar>(in[i] + paeth(left(i), above[i], corner(i)));
      return true;
    default:
      return false;
  }
}

using Decompressor = std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;

/// False unless `content` becomes as many bytes as `out` holds.
bool inflate(std::string_view content, std::vector<uchar>& out) {
  const Decompressor decompressor(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) throw std::bad_alloc();
  return libdeflate_zlib_decompress(decompressor.get(), content.data(), content.size(), out.data(),
                                    out.size(), nullptr) == LIBDEFLATE_SUCCESS;
}

}  // namespace

std::string pack_pixels(const cv::Mat& picture) {
  const std::size_t bytes = picture.elemSize() * static_cast<std::size_t>(picture.cols);
  cv::Mat ordered = cv::Mat::zeros(1, picture.cols, picture.type()), above;
  std::vector<uchar> row(bytes + 1, kUp);
  QuickDeflate packed;
  for (int y = 0; y < picture.rows; ++y) {
    std::swap(ordered, above);
    reorder(picture.row(y), ordered);
    const uchar *in = ordered.ptr(), *up = above.ptr();
    for (std::size_t i = 0; i < bytes; ++i) row[i + 1] = static_cast<uchar>(in[i] - up[i]);
    packed.add(row);
  }
  return packed.finish();
}

std::optional<cv::Mat> unpack_pixels(std::string_view header, std::string_view content,
                                     std::string_view where) {
  const int width = static_cast<int>(from_big_endian(header.substr(0, 4))),
            height = static_cast<int>(from_big_endian(header.substr(4, 4)));
  const int bits = header[8], kind = header[9], interlaced = header[12];
  constexpr int kGray = 0, kColor = 2;
  if ((bits != 8 && bits != 16) || (kind != kGray && kind != kColor) || interlaced != 0) return std::nullopt;
  if (header[10] != 0 || header[11] != 0) refuse_png(where, "its header is damaged");
  cv::Mat ordered(height, width, CV_MAKETYPE(bits == 8 ? CV_8U : CV_16U, kind == kGray ? 1 : 3));
  const std::size_t pixel = ordered.elemSize(), bytes = pixel * static_cast<std::size_t>(width);
  std::vector<uchar> rows((bytes + 1) * static_cast<std::size_t>(height));
  if (!inflate(content, rows)) refuse_png(where, "its content is damaged");
  const std::vector<uchar> zeros(bytes);
  for (int y = 0; y < height; ++y) {
    const uchar* in = &rows[(bytes + 1) * static_cast<std::size_t>(y)];
    if (!unfilter(*in, in + 1, y == 0 ? zeros.data() : ordered.ptr(y - 1), ordered.ptr(y), bytes, pixel))
      refuse_png(where, "its content is damaged");
  }
  cv::Mat out;
  reorder(ordered, out);
  return out;
}

}  // namespace understudy::dataset
