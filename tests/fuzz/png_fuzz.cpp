#include <cstdint>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <string>

#include "understudy/core/error.h"
#include "understudy/core/png_chunk.h"
#include "understudy/dataset/png.h"
#include "understudy/dataset/png_chunks.h"

namespace dataset = understudy::dataset;

namespace {

/// The bytes as a PNG whose checksums are right, which no fuzzer finds by itself: name and content of each
/// chunk are taken as they are, as long as the lengths make sense.
std::string with_right_checksums(std::string_view bytes) {
  std::string out(understudy::kPngSignature);
  bytes.remove_prefix(std::min(bytes.size(), understudy::kPngSignature.size()));
  while (bytes.size() >= 8) {
    std::size_t length = 0;
    for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
    length = std::min(length, bytes.size() - 8);
    out += understudy::png_chunk(bytes.substr(4, 4), bytes.substr(8, length));
    bytes.remove_prefix(std::min(bytes.size(), 12 + length));
  }
  return out.ends_with(understudy::png_chunk("IEND", "")) ? out : out + understudy::png_chunk("IEND", "");
}

void try_picture(const std::string& bytes) {
  try {
    dataset::png_record(bytes, "fuzz");
    const cv::Mat picture = dataset::decode_png(bytes, "fuzz");
    if (picture.channels() != 1 && picture.channels() != 3) return;
    const std::string again = dataset::encode_png(picture, "{}");
    if (cv::norm(dataset::decode_png(again, "again"), picture, cv::NORM_INF) != 0) std::abort();
  } catch (const understudy::Error& e) {
    if (e.code() != understudy::ErrorCode::kFormat) std::abort();
  }
}

}  // namespace

/// Any bytes either are refused as a wrong format, or are a picture that survives writing and reading.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try_picture(bytes);
  try_picture(with_right_checksums(bytes));
  return 0;
}
