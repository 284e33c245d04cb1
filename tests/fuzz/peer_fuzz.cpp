#include <cmath>
#include <optional>

#include "given.h"
#include "understudy/core/big_endian.h"
#include "understudy/core/png_chunk.h"
#include "understudy/dataset/peer/peer_face.h"

using namespace understudy;

namespace {

void check(const std::optional<dataset::PeerFace>& face) {
  if (!face) return;
  for (const cv::Point2f& p : face->landmarks)
    if (!std::isfinite(p.x) || !std::isfinite(p.y)) std::abort();
  if (face->plate_width < 0 || face->plate_height < 0) std::abort();
}

/// The bytes as the metadata alone, in the picture that carries them.
std::string in_jpeg(std::string_view pickle) {
  const std::string_view kept = pickle.substr(0, 65'533);
  return text("\xff\xd8\xff\xef", big_endian(kept.size() + 2, 2), kept, "\xff\xda\x00\x00");
}

std::string in_png(std::string_view words) {
  return text(kPngSignature, png_chunk("IHDR", std::string(13, '\1')),
              png_chunk("tEXt", text("faceswap", std::string(1, '\0'), words)), png_chunk("IEND", ""));
}

}  // namespace

/// The bytes as a face of DeepFaceLab or faceswap, and as the metadata of one: faces whose numbers make
/// sense, none, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  fuzz::takes([&] { check(dataset::read_deepfacelab(bytes, "fuzz")); });
  fuzz::takes([&] { check(dataset::read_deepfacelab(in_jpeg(bytes), "fuzz")); });
  fuzz::takes([&] { check(dataset::read_faceswap(bytes, "fuzz")); });
  fuzz::takes([&] { check(dataset::read_faceswap(in_png(bytes), "fuzz")); });
  return 0;
}
