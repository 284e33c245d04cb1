#include <cstdint>
#include <cstdlib>

#include "understudy/provenance/c2pa/cbor.h"

namespace c2pa = understudy::provenance::c2pa;

/// Any bytes are refused as a wrong format, or give a value that is written in one way only.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const c2pa::Cbor item = c2pa::decode_cbor({reinterpret_cast<const char*>(data), size}, "fuzz");
    const std::string written = c2pa::encode_cbor(item);
    if (c2pa::encode_cbor(c2pa::decode_cbor(written, "written")) != written) std::abort();
  } catch (const understudy::Error& e) {
    if (e.code() != understudy::ErrorCode::kFormat) std::abort();
  }
  return 0;
}
