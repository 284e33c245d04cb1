#include "given.h"
#include "understudy/core/json.h"

using namespace understudy;

/// The bytes as JSON: a value that is the same after writing and reading, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Json value;
  if (!fuzz::takes([&] { value = parse_json(fuzz::text_of(data, size), "fuzz"); })) return 0;
  const std::string once = json_text(value);
  if (json_text(parse_json(once, "written")) != once) std::abort();
  fuzz::takes([&] { json_as<std::int64_t>(value); });
  fuzz::takes([&] { json_as<float>(value); });
  fuzz::takes([&] { json_as<std::vector<int>>(value); });
  fuzz::takes([&] { json_as<std::vector<std::vector<float>>>(value); });
  fuzz::takes([&] { json_field<std::vector<std::string>>(value, "a", "fuzz"); });
  return 0;
}
