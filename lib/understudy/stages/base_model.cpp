#include "understudy/stages/base_model.h"

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/text.h"
#include "understudy/model/checkpoint.h"

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

/// Whoever it was learned from.
bool has_network(const fs::path& base, model::NetworkConfig network) {
  const model::NetworkConfig own = model::read_weights_header(base).preset.network;
  network.likenesses = own.likenesses;
  network.performers = own.performers;
  return own == network;
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
  const auto found =
      std::ranges::find_if(files, [&](const fs::path& base) { return has_network(base, network); });
  if (found == files.end()) {
    std::vector<std::string> names;
    for (const fs::path& base : files) names.push_back(base.stem().string());
    throw Error(ErrorCode::kUsage, "no base that comes with Understudy has this preset's network",
                names.empty() ? text("none was installed: ", folder.string(), " holds no .safetensors file")
                              : text("there is one for the network of: ", joined(names),
                                     "; or name a file of weights"));
  }
  StartingWeights base{*found, parts};
  if (parts.empty()) base.parts = {"encoder", "inter", "likeness"};
  return base;
}

}  // namespace understudy::stages
