#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "understudy/dataset/dataset.h"
#include "understudy/dataset/seal.h"

namespace dataset = understudy::dataset;

namespace {

template <class Read>
void try_reading(const Read& read) {
  try {
    read();
  } catch (const understudy::Error& e) {
    if (e.code() != understudy::ErrorCode::kFormat) std::abort();
  }
}

}  // namespace

/// The bytes as shard.json, dataset.json and source.json: read, or refused as a wrong format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_reading([&] { dataset::seal_problem(bytes, "fuzz"); });
  try_reading([&] {
    const dataset::ShardInfo info = dataset::parse_shard_info(understudy::parse_json(bytes, "fuzz"), "fuzz");
    for (std::size_t i = 1; i < info.frames.size(); ++i)
      if (info.frames[i] <= info.frames[i - 1]) std::abort();
  });
  try_reading([&] { dataset::parse_dataset_info(understudy::parse_json(bytes, "fuzz"), "fuzz"); });
  try_reading([&] { dataset::parse_source("fuzz", understudy::parse_json(bytes, "fuzz"), "fuzz"); });
  return 0;
}
