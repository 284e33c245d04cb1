#include <cstdint>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/dataset/peer/python_literal.h"

namespace dataset = understudy::dataset;

/// Any bytes are a literal or are refused with an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    dataset::read_python_literal({reinterpret_cast<const char*>(data), size}, "text");
  } catch (const understudy::Error&) {
    return 0;
  }
  return 0;
}
