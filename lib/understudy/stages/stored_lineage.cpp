#include "understudy/stages/stored_lineage.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::uint64_t kMostHeader = 100'000'000;

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

/// Neither checksums nor data are looked at: what was made from a person must be found in damaged files too.
Json read_header(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::kInput, text("cannot read ", file.string()), "check the path");
  unsigned char bytes[8] = {};
  in.read(reinterpret_cast<char*>(bytes), sizeof bytes);
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | bytes[i];
  std::error_code failed;
  if (!in || length > kMostHeader || length + sizeof bytes > fs::file_size(file, failed))
    throw Error(ErrorCode::kFormat, text(file.string(), " is not a whole safetensors file"));
  std::string out(length, '\0');
  in.read(out.data(), static_cast<std::streamsize>(length));
  return parse_json(out, file.string());
}

Json lineage_in(const Json& header, const fs::path& file) {
  return json_field_or<Json>(header, "lineage", Json::object(), file.string());
}

}  // namespace

bool is_model_folder(const fs::path& folder) {
  return fs::exists(folder / "model.json") || !checkpoints_in(folder).empty();
}

Json lineage_of_weights(const fs::path& file) {
  const auto metadata = json_field_or<Json>(read_header(file), "__metadata__", Json::object(), file.string());
  const auto words = json_field_or<std::string>(metadata, "understudy", "{}", file.string());
  return lineage_in(parse_json(words, file.string()), file);
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
