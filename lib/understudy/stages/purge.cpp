#include "understudy/stages/purge.h"

#include <algorithm>
#include <set>

#include "understudy/core/files.h"
#include "understudy/core/plain_text.h"
#include "understudy/provenance/date.h"
#include "understudy/stages/holdings.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::string_view kDatasetParts[] = {"dataset.json", "consent.toml", "consent.toml.sig", "extract",
                                              "align",        "convert",      "overrides",        "trash"};
constexpr std::string_view kModelParts[] = {"model.json", "lineage.json", "lineage.json.sig", "cache",
                                            "history",    "log.jsonl",    "loss.png",         "preview.png"};

bool looks_like_id(const std::string& subject) {
  return subject.size() == 36 && subject[8] == '-' && subject[13] == '-';
}

/// The ids of the consent records that are meant.
std::set<std::string> records_of(const std::string& subject, const std::vector<Holding>& holdings) {
  if (fs::is_regular_file(subject)) return {provenance::read_consent(subject).consent.id};
  if (looks_like_id(subject)) return {subject};
  std::set<std::string> out;
  for (const Holding& holding : holdings)
    for (const provenance::ConsentSummary& consent : holding.consents)
      if (consent.subject == subject) out.insert(consent.id);
  if (out.empty())
    throw Error(ErrorCode::kUsage, text("nothing below these folders names a subject '", subject, "'"),
                "give the consent record's file or id, or the name as understudy-consent list shows it");
  return out;
}

bool derives(const Holding& holding, const std::set<std::string>& records) {
  return std::ranges::any_of(holding.records, [&](const std::string& id) { return records.contains(id); });
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  const auto [end, unused] = std::ranges::mismatch(folder, path);
  return end == folder.end();
}

bool is_part(const std::string& kind, const std::string& name) {
  if (name.starts_with(".tmp-")) return true;
  if (kind == "dataset") return std::ranges::find(kDatasetParts, name) != std::end(kDatasetParts);
  return std::ranges::find(kModelParts, name) != std::end(kModelParts) || name.starts_with(".lock") ||
         ((name.starts_with("checkpoint-") || name.starts_with("milestone-")) &&
          name.ends_with(".safetensors"));
}

/// The paths that make up a holding.
std::vector<fs::path> parts_of(const Holding& holding) {
  if (holding.kind == "cache") {
    fs::path faces = holding.path;
    return {faces.replace_extension(), holding.path};
  }
  if (holding.kind != "dataset" && holding.kind != "model") return {holding.path};
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(holding.path))
    if (is_part(holding.kind, entry.path().filename().string())) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

/// Removes `folder` and those above it, below `top`, as far as they are empty.
void remove_empty(fs::path folder, const fs::path& given_top) {
  std::error_code failed;
  const fs::path top = (given_top / "").parent_path();  // however it ends
  while (folder != top && lies_in(folder, top) && fs::is_empty(folder, failed) && !failed) {
    fs::remove(folder, failed);
    folder = folder.parent_path();
  }
}

class Purge {
 public:
  Purge(const PurgeOptions& options, Report& report)
      : options_(options), report_(report), holdings_(find_holdings(options.folders, report)) {
    records_ = records_of(options.subject, holdings_);
  }

  void work() {
    for (const Holding& holding : holdings_)
      if (derives(holding, records_) && !is_covered(holding)) handle(holding);
  }

  const Json& items() const { return items_; }
  const std::set<std::string>& records() const { return records_; }

 private:
  /// Lies in a dataset or model that goes as a whole.
  bool is_covered(const Holding& holding) const {
    return holding.kind != "dataset" && holding.kind != "model" &&
           std::ranges::any_of(handled_,
                               [&](const fs::path& folder) { return lies_in(holding.path, folder); });
  }

  /// A dataset or model of somebody else inside a part of this one.
  const Holding* stranger_in(const std::vector<fs::path>& parts) const {
    for (const Holding& other : holdings_) {
      if (derives(other, records_) || other.kind == "conversion" || other.kind == "cache") continue;
      for (const fs::path& part : parts)
        if (lies_in(other.path, part)) return &other;
    }
    return nullptr;
  }

  void handle(const Holding& holding) {
    const std::vector<fs::path> parts = parts_of(holding);
    Json item = {{"kind", holding.kind}, {"path", holding.path.string()}, {"records", holding.records}};
    const bool delivery = holding.kind == "file" || holding.kind == "export";
    if (holding.kind == "dataset" || holding.kind == "model") handled_.push_back(holding.path);
    if (const Holding* stranger = stranger_in(parts))
      fail(item, text("kept: ", stranger->path.string(), " lies in it and does not derive from the subject"));
    else if (delivery && !options_.deliveries)
      item["done"] = "kept: a delivery";
    else if (!options_.yes)
      item["done"] = "listed";
    else
      remove(holding, parts, item);
    items_.push_back(std::move(item));
  }

  void fail(Json& item, const std::string& why) {
    item["done"] = why;
    report_.add_failure(item["path"].get<std::string>(), why);
  }

  void remove(const Holding& holding, const std::vector<fs::path>& parts, Json& item) {
    item["deleted"] = Json::array();
    for (const fs::path& part : parts) {
      std::error_code failed;
      fs::remove_all(part, failed);  // a symbolic link goes, what it points to stays
      if (failed) return fail(item, text(part.string(), " cannot be deleted: ", failed.message()));
      item["deleted"].push_back(part.string());
    }
    item["done"] = "deleted";
    std::error_code failed;
    const bool is_folder = fs::is_directory(holding.path);
    if (is_folder && !fs::is_empty(holding.path, failed)) item["left"] = "other files lie in the folder";
    if (is_folder && fs::is_empty(holding.path, failed)) fs::remove(holding.path, failed);
    for (const fs::path& top : options_.folders) remove_empty(holding.path.parent_path(), top);
  }

  const PurgeOptions& options_;
  Report& report_;
  std::vector<Holding> holdings_;
  std::set<std::string> records_;
  std::vector<fs::path> handled_;
  Json items_ = Json::array();
};

std::string item_text(const Json& item) {
  return text(item["done"].get<std::string>(), "  ", item["kind"].get<std::string>(), "  ",
              printable(item["path"].get<std::string>()), "\n");
}

}  // namespace

Outcome purge(const PurgeOptions& options, Run& run) {
  if (options.yes && options.log.empty())
    throw Error(ErrorCode::kUsage, "what is deleted must be written down", "say where with -o LOG.json");
  Purge purge(options, run.report);
  if (options.yes) write_json_file(options.log, {{"format", "understudy-purge"}, {"state", "begun"}});
  purge.work();
  Outcome outcome;
  for (const Json& item : purge.items()) outcome.result += item_text(item);
  Json log = {{"format", "understudy-purge"},
              {"version", 1},
              {"state", "done"},
              {"program_version", version()},
              {"date", provenance::date_text(provenance::today_utc())},
              {"subject", options.subject},
              {"records", purge.records()},
              {"deletes", options.yes},
              {"items", purge.items()}};
  for (const fs::path& folder : options.folders) log["folders"].push_back(folder.string());
  run.report.details["purge"] = log;
  if (!options.log.empty()) {
    write_json_file(options.log, log);
    outcome.written.push_back(options.log);
  }
  outcome.summary = text(purge.items().size(), options.yes ? " items handled"
                                                           : " items found; nothing was deleted, "
                                                             "--yes does that");
  return outcome;
}

}  // namespace understudy::stages
