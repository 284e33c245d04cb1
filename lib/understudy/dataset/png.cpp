#include "understudy/dataset/png.h"

#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/dataset/png_chunks.h"

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
  // OpenCV's own choice, level 1 with the Sub filter: five times faster than level 6 for a third more bytes.
  std::vector<uchar> encoded;
  if (!cv::imencode(".png", picture, encoded))
    throw Error(ErrorCode::kResource, "a picture could not be encoded as PNG");
  std::string bytes(encoded.begin(), encoded.end());
  if (!record.empty()) bytes.insert(kPngHeadBytes, png_chunk("iTXt", text(kTextHead, record)));
  return bytes;
}

cv::Mat decode_png(std::string_view bytes, std::string_view where) {
  png_chunks(bytes, where);
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
