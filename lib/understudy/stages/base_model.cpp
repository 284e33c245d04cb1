#include "understudy/stages/base_model.h"

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

fs::path folder_of_bases() {
  const fs::path program = fs::read_symlink("/proc/self/exe");
  return program.parent_path().parent_path() / "share" / "understudy" / "bases";
}

std::vector<std::string> presets_with_a_base(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".safetensors") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

StartingWeights starting_weights(const std::string& from, const std::vector<std::string>& parts,
                                 const std::string& preset) {
  if (from != kShippedBase) return {from, parts};
  const fs::path folder = folder_of_bases();
  const std::vector<std::string> names = presets_with_a_base(folder);
  if (std::ranges::find(names, preset) == names.end()) {
    throw Error(ErrorCode::kUsage, text("no base comes with the preset '", preset, "'"),
                names.empty() ? text("none was installed: ", folder.string(), " holds no .safetensors file")
                              : text("there is one for: ", joined(names), "; or name a file of weights"));
  }
  StartingWeights base{folder / (preset + ".safetensors"), parts};
  if (parts.empty()) base.parts = {"encoder", "inter", "likeness"};
  return base;
}

}  // namespace understudy::stages
