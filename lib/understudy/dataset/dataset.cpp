#include "understudy/dataset/dataset.h"

#include <algorithm>
#include <cctype>

#include "understudy/core/run.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/folders.h"
#include "understudy/dataset/seal.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

Json info_json(const DatasetInfo& info) {
  Json out;
  out["format"] = "understudy-dataset";
  out["version"] = kFormatVersion;
  out["subject"] = info.subject;
  out["role"] = info.role;
  out["consent"] = info.consent;
  return sealed(out);
}

/// Whether the folder holds what no starting job puts into it: several jobs may be making the same dataset.
bool holds_other_things(const fs::path& root) {
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') && name != "consent.toml" && name != "consent.toml.sig" &&
        name != "dataset.json")
      return true;
  }
  return false;
}

Json source_json(const SourceRecord& source) {
  Json out{{"path", source.path},
           {"sha256", source.sha256},
           {"first_frame", source.first_frame},
           {"last_frame", source.last_frame},
           {"frame_count", source.frame_count},
           {"width", source.width},
           {"height", source.height}};
  if (!source.color.is_null()) out["color"] = source.color;
  if (!source.deinterlace.empty()) out["deinterlace"] = source.deinterlace;
  return sealed(out);
}

/// Whether two summaries speak of one record: older programs wrote fewer fields.
bool same_record(const Json& a, const Json& b) {
  return a.is_object() && b.is_object() && a.value("sha256", Json()) == b.value("sha256", Json()) &&
         a.contains("sha256");
}

void check_same_subject(const fs::path& root, const DatasetInfo& there, const DatasetInfo& wanted) {
  if (there.subject == wanted.subject && there.role == wanted.role &&
      same_record(there.consent, wanted.consent))
    return;
  throw Error(ErrorCode::kRefused,
              text(root.string(), " holds the ", there.role, " '", there.subject,
                   "' under another consent record than the one given for the ", wanted.role, " '",
                   wanted.subject, "'"),
              "one dataset is one subject under one consent record: choose another output folder");
}

/// The same plate must be read in the same way.
void check_same_reading(const SourceRecord& there, const SourceRecord& wanted) {
  if (there.color == wanted.color && there.deinterlace == wanted.deinterlace) return;
  const auto words = [](const SourceRecord& source) {
    return text(source.color.is_null() ? "as coded" : json_text(source.color),
                source.deinterlace.empty() ? "" : " and deinterlaced by " + source.deinterlace);
  };
  throw Error(ErrorCode::kUsage,
              text("the source '", wanted.id, "' of this dataset was extracted with its colours ",
                   words(there), ", now it is to be with its colours ", words(wanted)),
              "give the plate another name with --source, or use another dataset");
}

}  // namespace

Dataset Dataset::create(const fs::path& root, const DatasetInfo& info, std::string_view consent_text) {
  if (fs::exists(root / "dataset.json")) {
    Dataset dataset = open(root);
    check_same_subject(root, dataset.info(), info);
    return dataset;
  }
  if (holds_other_things(root) && !fs::exists(root / "dataset.json")) {
    throw Error(ErrorCode::kUsage, text(root.string(), " is a folder with other things in it"),
                "choose a new or empty folder for the dataset");
  }
  make_folder(root);
  // Several jobs may do this at once: all write the same bytes.
  write_file(root / "consent.toml", consent_text);
  write_json_file(root / "dataset.json", info_json(info));
  Dataset dataset = open(root);
  check_same_subject(root, dataset.info(), info);
  return dataset;
}

Dataset Dataset::open(const fs::path& root) {
  const fs::path path = root / "dataset.json";
  if (!fs::exists(path)) {
    throw Error(ErrorCode::kInput,
                text(root.string(), " is not a face dataset: there is no dataset.json in it"),
                "make one with understudy-extract");
  }
  const std::string where = path.string();
  const Json json = read_json_file(path);
  return {root, parse_dataset_info(json, where)};
}

DatasetInfo parse_dataset_info(const Json& json, std::string_view where) {
  check_format(json, "understudy-dataset", where);
  return {json_field<std::string>(json, "subject", where), json_field<std::string>(json, "role", where),
          json_field<Json>(json, "consent", where)};
}

fs::path Dataset::stage_folder(std::string_view stage, std::string_view source) const {
  return root_ / stage / source;
}

std::vector<std::string> Dataset::stages() const {
  std::vector<std::string> out = {"extract", "align"};
  for (const fs::path& folder : visible_folders(root_ / "convert"))
    out.push_back("convert/" + folder.filename().string());
  return out;
}

std::vector<std::string> Dataset::sources() const {
  std::vector<std::string> out;
  for (const fs::path& folder : visible_folders(root_ / "extract"))
    if (fs::exists(folder / "source.json")) out.push_back(folder.filename().string());
  return out;
}

SourceRecord Dataset::source(const std::string& id) const {
  const fs::path path = stage_folder("extract", id) / "source.json";
  return parse_source(id, read_json_file(path), path.string());
}

SourceRecord parse_source(const std::string& id, const Json& json, std::string_view where) {
  SourceRecord out;
  out.id = id;
  out.path = json_field<std::string>(json, "path", where);
  out.sha256 = json_field<std::string>(json, "sha256", where);
  out.first_frame = json_field<std::int64_t>(json, "first_frame", where);
  out.last_frame = json_field<std::int64_t>(json, "last_frame", where);
  out.frame_count = json_field<std::int64_t>(json, "frame_count", where);
  out.width = json_field<int>(json, "width", where);
  out.height = json_field<int>(json, "height", where);
  if (json.contains("color")) out.color = json.at("color");
  if (json.contains("deinterlace")) out.deinterlace = json_field<std::string>(json, "deinterlace", where);
  return out;
}

void Dataset::add_source(const SourceRecord& source) const {
  const fs::path folder = stage_folder("extract", source.id);
  if (fs::exists(folder / "source.json")) {
    const SourceRecord there = this->source(source.id);
    if (there.sha256 == source.sha256) return check_same_reading(there, source);
    throw Error(ErrorCode::kUsage,
                text("the source '", source.id, "' of this dataset is ", there.path,
                     ", which has another content than ", source.path),
                "give the new one a name of its own with --source, or use another dataset");
  }
  make_folder(folder);
  write_json_file(folder / "source.json", source_json(source));
}

std::string Dataset::digest(std::string_view stage) const {
  std::string all;
  for (const std::string& id : sources())
    for (const Shard& shard : list_shards(stage_folder(stage, id))) all += shard.info.uuid + "\n";
  return sha256(all);
}

std::string source_id(const fs::path& path) {
  std::string out = (path.has_filename() ? path : path.parent_path()).stem().string();
  std::replace_if(
      out.begin(), out.end(),
      [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_' && c != '.'; }, '_');
  while (out.starts_with('.')) out.erase(0, 1);
  return out.empty() ? "source" : out;
}

}  // namespace understudy::dataset
