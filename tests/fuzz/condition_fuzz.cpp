#include <cstdint>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/dataset/condition.h"
#include "understudy/dataset/record.h"

namespace dataset = understudy::dataset;

/// Any words are a condition, which is true or false of a face or refused by it, or are refused with an
/// Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    dataset::Condition::parse({reinterpret_cast<const char*>(data), size}).holds(dataset::FaceRecord());
  } catch (const understudy::Error&) {
    return 0;
  }
  return 0;
}
