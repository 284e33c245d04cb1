#include "understudy/stages/stored_lineage.h"

#include <algorithm>
#include <vector>

#include "understudy/core/safetensors_header.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// Newest first: iterations stand in the names, milestones behind the ring.
std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if ((name.starts_with("checkpoint-") || name.starts_with("milestone-")) && name.ends_with(".safetensors"))
      out.push_back(entry->path());
  }
  std::ranges::sort(out, {}, [](const fs::path& path) {
    return std::pair(path.filename().string().starts_with("milestone-"), path.filename().string());
  });
  const auto milestones = std::ranges::find_if(
      out, [](const fs::path& path) { return path.filename().string().starts_with("milestone-"); });
  std::reverse(out.begin(), milestones);
  std::reverse(milestones, out.end());
  return out;
}

Json lineage_in(const Json& header, const fs::path& file) {
  return json_field_or<Json>(header, "lineage", Json::object(), file.string());
}

}  // namespace

bool is_model_folder(const fs::path& folder) {
  return fs::exists(folder / "model.json") || !checkpoints_in(folder).empty();
}

Json lineage_of_weights(const fs::path& file) {
  const auto metadata = read_safetensors_header(file).metadata;
  const auto found = metadata.find("understudy");
  return found == metadata.end() ? Json::object()
                                 : lineage_in(parse_json(found->second, file.string()), file);
}

fs::path newest_weights(const fs::path& folder) {
  const std::vector<fs::path> checkpoints = checkpoints_in(folder);
  return checkpoints.empty() ? fs::path() : checkpoints.front();
}

Json lineage_of_model(const fs::path& folder) {
  const fs::path weights = newest_weights(folder), said = folder / "model.json";
  return weights.empty() ? lineage_in(read_json_file(said), said) : lineage_of_weights(weights);
}

}  // namespace understudy::stages
