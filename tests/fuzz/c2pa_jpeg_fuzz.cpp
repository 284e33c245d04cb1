#include "asset_fuzz.h"

namespace c2pa = understudy::provenance::c2pa;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  c2pa::try_asset({reinterpret_cast<const char*>(data), size}, c2pa::AssetKind::kJpeg);
  return 0;
}
