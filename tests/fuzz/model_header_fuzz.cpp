#include "given.h"
#include "understudy/model/model_header.h"

/// The bytes as what a checkpoint says of its model: the same after writing and reading, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;
  const auto read = [](std::string_view words) {
    return model::header_from_metadata({{"understudy", std::string(words)}}, "fuzz");
  };
  model::ModelHeader header;
  if (!fuzz::takes([&] { header = read(fuzz::text_of(data, size)); })) return 0;
  const std::string once = json_text(model::header_to_json(header));
  if (json_text(model::header_to_json(read(once))) != once) std::abort();
  return 0;
}
