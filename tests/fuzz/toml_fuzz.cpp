#include "given.h"
#include "understudy/core/json.h"
#include "understudy/core/toml.h"

/// The bytes as TOML: JSON that can be written, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;
  fuzz::takes([&] {
    const Json value = parse_toml(fuzz::text_of(data, size), "fuzz");
    if (!value.is_object()) std::abort();
    json_text(value);
  });
  return 0;
}
