#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/dataset/peer/pickle.h"

namespace dataset = understudy::dataset;

/// Any bytes are plain data, which can be written and read again, or are refused with an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  understudy::Json value;
  try {
    value = dataset::read_pickle({reinterpret_cast<const char*>(data), size}, "pickle");
  } catch (const understudy::Error&) {
    return 0;
  }
  try {
    const std::string once =
        dataset::write_pickle(dataset::read_pickle(dataset::write_pickle(value), "again"));
    if (dataset::write_pickle(dataset::read_pickle(once, "again")) != once) std::abort();
  } catch (const understudy::Error&) {
    return 0;  // written anew, it may be over the limits
  }
  return 0;
}
