#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "understudy/dataset/record.h"

namespace dataset = understudy::dataset;

/// A line of faces.jsonl either is refused with an Error, or gives a record that is the same after writing
/// and reading.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dataset::FaceRecord record;
  try {
    record = dataset::record_from_json(
        understudy::parse_json({reinterpret_cast<const char*>(data), size}, "line"), "line");
  } catch (const understudy::Error&) {
    return 0;
  }
  auto written = [](const dataset::FaceRecord& r) { return understudy::json_text(dataset::to_json(r)); };
  auto read = [](const std::string& line) {
    return dataset::record_from_json(understudy::parse_json(line, "again"), "again");
  };
  // The first writing rounds; from then on nothing moves.
  const std::string once = written(read(written(record)));
  if (written(read(once)) != once) std::abort();
  read(dataset::embedded_text(record));
  return 0;
}
