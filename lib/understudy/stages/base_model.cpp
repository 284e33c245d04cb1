#include "understudy/stages/base_model.h"

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/text.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/network_plan.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

std::vector<fs::path> bases_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

/// What a model with that network can take from a base; nothing where the two have no codes in common.
std::vector<std::string> parts_for(model::NetworkConfig network, const fs::path& base) {
  const model::NetworkConfig own = model::read_weights_header(base).preset.network;
  if (!model::same_codes(own, network)) return {};
  network.likenesses = own.likenesses;  // whoever it was learned from
  network.performers = own.performers;
  if (own == network) return {"encoder", "inter", "likeness"};
  return {"encoder", "inter"};
}

}  // namespace

StartingWeights starting_weights(const std::string& from, const std::vector<std::string>& parts,
                                 const model::NetworkConfig& network) {
  if (from != kShippedBase && !fs::is_directory(from)) return {from, parts};
  if (from != kShippedBase) {
    const model::Checkpoint newest = model::load_checkpoint(from, model::CheckpointPart::kAverage);
    if (!newest.note.empty()) log_warning(newest.note);
    return {newest.path, parts};
  }
  const fs::path folder = shipped_folder("bases");
  const std::vector<fs::path> files = bases_in(folder);
  StartingWeights best;
  for (const fs::path& base : files) {
    const std::vector<std::string> taken = parts_for(network, base);
    if (taken.size() > best.parts.size()) best = {base, taken};
  }
  if (best.parts.empty()) {
    std::vector<std::string> names;
    for (const fs::path& base : files) names.push_back(base.stem().string());
    throw Error(
        ErrorCode::kUsage, "no base that comes with Understudy has the encoder of this preset's network",
        names.empty()
            ? text("none was installed: ", folder.string(), " holds no .safetensors file")
            : text("there is one for the network of: ", joined(names), "; or name a file of weights"));
  }
  if (!parts.empty()) best.parts = parts;
  return best;
}

}  // namespace understudy::stages
