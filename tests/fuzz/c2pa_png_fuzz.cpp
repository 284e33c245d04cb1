#include <zlib.h>

#include "asset_fuzz.h"
#include "understudy/core/big_endian.h"

namespace c2pa = understudy::provenance::c2pa;

namespace {

/// The bytes with right checksums, which no fuzzer finds by itself.
std::string with_right_checksums(std::string file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::uint64_t length = understudy::from_big_endian(std::string_view(file).substr(at, 4));
    if (length > file.size() - at - 12) break;
    const auto* covered = reinterpret_cast<const Bytef*>(file.data()) + at + 4;
    file.replace(at + 8 + length, 4,
                 understudy::big_endian(crc32(0, covered, static_cast<uInt>(length + 4)), 4));
    at += 12 + length;
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  c2pa::try_asset(file, c2pa::AssetKind::kPng);
  c2pa::try_asset(with_right_checksums(file), c2pa::AssetKind::kPng);
  return 0;
}
