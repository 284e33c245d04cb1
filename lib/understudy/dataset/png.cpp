#include "understudy/dataset/png.h"

#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "understudy/core/big_endian.h"
#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/dataset/png_chunks.h"
#include "understudy/dataset/png_pixels.h"

namespace understudy::dataset {
namespace {

// Keyword, its end, "not compressed", method 0, no language, no translated keyword.
constexpr std::string_view kTextHead("understudy\0\0\0\0\0", 15);

}  // namespace

std::string encode_png(const cv::Mat& picture, std::string_view record) {
  const bool channels_fit = picture.channels() == 1 || picture.channels() == 3;
  if (picture.empty() || !channels_fit || (picture.depth() != CV_8U && picture.depth() != CV_16U)) {
    throw Error(ErrorCode::kBug,
                text("a PNG of ", picture.cols, "x", picture.rows, " pixels, ", picture.channels(),
                     " channels and OpenCV's depth ", picture.depth(), " was asked for"));
  }
  std::string header;
  for (const int side : {picture.cols, picture.rows})
    header += big_endian(static_cast<std::uint64_t>(side), 4);
  constexpr char kGray = 0, kColor = 2;
  header += static_cast<char>(picture.depth() == CV_8U ? 8 : 16);
  header += picture.channels() == 1 ? kGray : kColor;
  header.append(3, '\0');  // deflate, one filter a row, not interlaced
  std::string bytes = text(kPngSignature, png_chunk("IHDR", header));
  if (!record.empty()) bytes += png_chunk("iTXt", text(kTextHead, record));
  return text(bytes, png_chunk("IDAT", pack_pixels(picture)), png_chunk("IEND", ""));
}

cv::Mat decode_png(std::string_view bytes, std::string_view where) {
  const std::vector<PngChunk> chunks = png_chunks(bytes, where);
  std::string content;
  for (const PngChunk& chunk : chunks)
    if (chunk.name == "IDAT") content += chunk.content;
  if (auto pixels = unpack_pixels(chunks.front().content, content, where)) return std::move(*pixels);
  if (bytes.size() > std::numeric_limits<int>::max()) refuse_png(where, "it is larger than 2 GiB");
  const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  cv::Mat picture;
  try {
    picture = cv::imdecode(input, cv::IMREAD_ANYDEPTH | cv::IMREAD_ANYCOLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& e) {
    refuse_png(where, e.what());
  }
  if (picture.empty()) refuse_png(where, "its content is damaged");
  return picture;
}

std::optional<std::string> png_record(std::string_view bytes, std::string_view where) {
  for (const PngChunk& chunk : png_chunks(bytes, where))
    if (chunk.name == "iTXt" && chunk.content.starts_with(kTextHead))
      return std::string(chunk.content.substr(kTextHead.size()));
  return std::nullopt;
}

}  // namespace understudy::dataset
