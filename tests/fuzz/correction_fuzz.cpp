#include "given.h"
#include "understudy/dataset/overrides.h"

/// A line of overrides/*.jsonl: a correction that is the same after writing and reading, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;
  const auto read = [](std::string_view line) {
    return dataset::override_from_json(parse_json(line, "fuzz"), "fuzz");
  };
  dataset::Override correction;
  if (!fuzz::takes([&] { correction = read(fuzz::text_of(data, size)); })) return 0;
  if (correction.source.find('/') != std::string::npos || correction.mask.find('/') != std::string::npos)
    std::abort();
  // The first writing rounds; from then on nothing moves.
  const auto written = [](const dataset::Override& c) { return json_text(dataset::to_json(c)); };
  const std::string once = written(read(written(correction)));
  if (written(read(once)) != once) std::abort();
  return 0;
}
