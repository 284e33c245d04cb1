#include "given.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/holdings.h"
#include "understudy/stages/merge_digests.h"
#include "understudy/stages/stored_lineage.h"

using namespace understudy;

namespace {

/// As merge, purge and verify find it on disk: weights, an exported network, a list, a shard.
void look_at_files(std::string_view bytes) {
  static const fuzz::Folder folder;
  const auto weights = folder.file("a.safetensors", bytes);
  folder.file("a.onnx", bytes);
  folder.file("a.json", bytes);
  std::filesystem::create_directories(folder.path() / "shard");
  folder.file("shard/shard.json", bytes);
  Report report;
  const std::vector<std::filesystem::path> folders = {folder.path()};
  stages::find_holdings(folders, report);
  fuzz::takes([&] { stages::lineage_of_weights(weights); });
}

}  // namespace

/// The bytes as what models, shards and lists say they were made from: read, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  look_at_files(bytes);
  Json json;
  if (!fuzz::takes([&] { json = parse_json(bytes, "fuzz"); })) return 0;
  static Report report;
  static const stages::ConsentGate gate({}, report);
  fuzz::takes([&] { gate.check_lineage(json, "fuzz", "the model"); });
  stages::PictureDigests digests;
  if (!fuzz::takes([&] { digests = stages::digests_from_json(json, "fuzz"); })) return 0;
  stages::changed_regions(digests.changed, false);
  const Json once = stages::to_json(digests);
  if (stages::to_json(stages::digests_from_json(once, "written")) != once) std::abort();
  return 0;
}
