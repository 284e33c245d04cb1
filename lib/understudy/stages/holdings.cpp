#include "understudy/stages/holdings.h"

#include <algorithm>

#include "understudy/core/files.h"
#include "understudy/dataset/dataset.h"
#include "understudy/dataset/shard.h"
#include "understudy/media/metadata.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/stored_lineage.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr const char* kMedia[] = {".mp4", ".mov", ".mkv", ".png", ".tif", ".tiff", ".exr", ".dpx", ".jpg"};
constexpr std::uintmax_t kMostJson = 1024 * 1024 * 64;

/// By the consents that `lineage` holds.
Holding holding_of(const std::string& kind, const fs::path& path, const Json& lineage) {
  Holding out{kind, path, {}, {}};
  for (const Json& consent : json_field_or<std::vector<Json>>(lineage, "consents", {}, path.string())) {
    out.consents.push_back(provenance::consent_summary_from_json(consent, path.string()));
    out.records.insert(out.consents.back().id);
  }
  return out;
}

std::set<std::string> texts_of(const Json& list) {
  std::set<std::string> out;
  for (const Json& entry : list)
    if (entry.is_string()) out.insert(entry.get<std::string>());
  return out;
}

/// The ids in the JSON list that follows "consents" in an exported network, whatever the file's format.
std::set<std::string> exported_records(const fs::path& path) {
  const std::string bytes = read_file(path);
  std::set<std::string> out;
  constexpr std::string_view kKey = "\"id\":\"";
  constexpr std::size_t kUuid = 36;
  for (auto at = bytes.find(kKey); at != std::string::npos; at = bytes.find(kKey, at + 1)) {
    const std::string id = bytes.substr(at + kKey.size(), kUuid);
    if (id.size() == kUuid && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-') out.insert(id);
  }
  return out;
}

class Walk {
 public:
  Walk(Report& report, std::vector<Holding>& out) : report_(report), out_(out) {}

  void folder(const fs::path& path) {
    if (fs::exists(path / "dataset.json"))
      add(path, [&] {
        return holding_of("dataset", path, {{"consents", {dataset::Dataset::open(path).info().consent}}});
      });
    const bool is_model = is_model_folder(path);
    if (is_model) add(path, [&] { return holding_of("model", path, lineage_of_model(path)); });
    if (fs::exists(path / "shard.json")) {
      add(path, [&] {
        const Json shard = read_json_file(path / "shard.json");
        return holding_of("conversion", path,
                          json_field_or<Json>(shard, "options", Json::object(), path.string()));
      });
      return;  // the rest are its crops
    }
    for (const fs::path& entry : sorted(path)) {
      const fs::file_type type = fs::symlink_status(entry).type();
      if (type == fs::file_type::directory) folder(entry);
      if (type == fs::file_type::regular && !is_model) file(entry);
    }
  }

 private:
  template <class Make>
  void add(const fs::path& path, const Make& make) {
    try {
      Holding found = make();
      if (!found.records.empty()) out_.push_back(std::move(found));
    } catch (const Error& e) {
      report_.add_failure(path.string(), e.message());
    }
  }

  std::vector<fs::path> sorted(const fs::path& path) {
    std::vector<fs::path> out;
    std::error_code failed;
    for (fs::directory_iterator entry(path, failed), end; !failed && entry != end; entry.increment(failed))
      out.push_back(entry->path());
    if (failed) report_.add_failure(path.string(), text("cannot be read: ", failed.message()));
    std::ranges::sort(out);
    return out;
  }

  void file(const fs::path& path) {
    const std::string extension = path.extension().string(), name = path.filename().string();
    if (std::ranges::find(kMedia, extension) != std::end(kMedia))
      delivered(path);
    else if (extension == ".onnx")
      add(path, [&] { return Holding{"export", path, exported_records(path), {}}; });
    else if (extension == ".safetensors")
      add(path, [&] { return holding_of("export", path, lineage_of_weights(path)); });
    else if (extension == ".json" && fs::file_size(path) <= kMostJson)
      described(path, name);
  }

  /// What no program of ours marked is none of ours, be it readable or not.
  void delivered(const fs::path& path) {
    try {
      const auto marking = provenance::find_marking(media::read_metadata(path));
      if (!marking) return;
      Holding found{"file", path, {}, {}};
      for (const auto& consent : marking->consents) found.records.insert(consent.id);
      out_.push_back(std::move(found));
    } catch (const Error&) {
      return;
    }
  }

  void described(const fs::path& path, const std::string& name) {
    Json json;
    try {
      json = read_json_file(path);
    } catch (const Error&) {
      return;
    }
    if (!json.is_object() || !json.contains("consents") || !json["consents"].is_array()) return;
    const Json format = json.value("format", Json());
    const std::set<std::string> records = texts_of(json["consents"]);
    if (format == "understudy-tracks") out_.push_back({"file", path, records, {}});
    if (format == "understudy-cache" && name.ends_with(".faces.json"))
      out_.push_back({"cache", path, records, {}});
  }

  Report& report_;
  std::vector<Holding>& out_;
};

}  // namespace

std::vector<Holding> find_holdings(std::span<const fs::path> folders, Report& report) {
  std::vector<Holding> out;
  Walk walk(report, out);
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder))
      throw Error(ErrorCode::kInput, text(folder.string(), " is no folder"), "check the path");
    walk.folder(folder);
  }
  return out;
}

}  // namespace understudy::stages
