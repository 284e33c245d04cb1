#include <algorithm>
#include <iterator>
#include <set>

#include "understudy/core/item_error.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/check.h"
#include "understudy/dataset/folders.h"
#include "understudy/dataset/reindex.h"
#include "understudy/dataset/removal.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/contact_sheet.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/people.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// The folders of all shards.
std::vector<fs::path> shard_folders(const dataset::Dataset& dataset) {
  std::vector<fs::path> out;
  for (const std::string& stage : dataset.stages())
    for (const fs::path& source : dataset::visible_folders(dataset.root() / stage))
      for (const fs::path& shard : dataset::visible_folders(source)) out.push_back(shard);
  return out;
}

/// What killed jobs left: temporary files and folders beside shards and headers.
std::vector<fs::path> leftovers(const dataset::Dataset& dataset) {
  std::vector<fs::path> folders = {dataset.root()}, out;
  for (const std::string& stage : dataset.stages())
    for (const fs::path& source : dataset::visible_folders(dataset.root() / stage)) folders.push_back(source);
  for (const fs::path& shard : shard_folders(dataset)) folders.push_back(shard);
  if (fs::exists(dataset.root() / "overrides")) folders.push_back(dataset.root() / "overrides");
  for (const fs::path& folder : folders)
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().filename().string().starts_with(".tmp-")) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

/// Whether faces.jsonl is not the one that was published, or cannot be read.
bool list_is_damaged(const fs::path& folder) {
  const dataset::Shard shard = dataset::read_shard(folder);
  if (!fs::exists(folder / "faces.jsonl")) return true;
  if (!shard.info.records_sha256.empty() && sha256_file(folder / "faces.jsonl") != shard.info.records_sha256)
    return true;
  std::vector<dataset::BadLine> bad;
  dataset::read_all_records(shard, bad);
  return !bad.empty();
}

/// What was done, a line each. What cannot be mended is found again by the check that follows.
std::vector<std::string> repair(const dataset::Dataset& dataset) {
  std::vector<std::string> done;
  if (const std::vector<fs::path> left = leftovers(dataset); !left.empty()) {
    const fs::path trash = dataset::new_trash_folder(dataset);
    for (const fs::path& path : left) {
      dataset::move_below(dataset, path, trash);
      done.push_back(text("moved ", path.string(), " to ", trash.string()));
    }
  }
  for (const fs::path& shard : shard_folders(dataset)) {
    try {
      if (!list_is_damaged(shard)) continue;
      const auto rebuilt = dataset::reindex_shard(shard, dataset::Digests::kKeep);
      done.push_back(
          text("rebuilt ", (shard / "faces.jsonl").string(), " from ", rebuilt.faces, " pictures"));
    } catch (const Error& e) {
      if (!concerns_item(e)) throw;
    }
  }
  return done;
}

/// Where two people are taken for one.
std::vector<std::string> doubles(const dataset::Dataset& dataset) {
  std::vector<std::string> out;
  try {
    Report told_elsewhere;
    const std::vector<ListedFace> faces = list_faces(dataset, told_elsewhere);
    for (const PersonFaces& person : people_of(faces))
      std::ranges::move(doubles_of(person, dataset), std::back_inserter(out));
  } catch (const Error& e) {  // nothing is aligned, or the check of the shards has said what is damaged
    if (!concerns_item(e)) throw;
  }
  return out;
}

std::string lines_of(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

}  // namespace

Outcome check_faces(const CheckFacesOptions& options, Run& run) {
  const dataset::Dataset dataset = dataset::Dataset::open(options.dataset);
  Outcome outcome;
  if (options.repair) {
    const std::vector<std::string> done = repair(dataset);
    run.report.details["repaired"] = done;
    outcome.result = lines_of(done);
  }
  dataset::CheckResult check = dataset::check_dataset(dataset);
  for (const fs::path& path : leftovers(dataset))
    check.problems.push_back(text(path.string(), " was left half-written by a job that was killed"));
  std::ranges::move(doubles(dataset), std::back_inserter(check.problems));
  for (const std::string& problem : check.problems) run.report.add_failure(dataset.root().string(), problem);
  outcome.result += lines_of(check.problems);
  run.report.details["counts"] = {
      {"shards", check.shards}, {"faces", check.faces}, {"removed", check.removed}};
  outcome.summary = text(check.shards, " shards, ", check.faces, " pictures with their records, ",
                         check.removed, " removed, ", check.problems.size(), " problems");
  return outcome;
}

Outcome reindex_faces(const CheckFacesOptions& options, Run& run) {
  const dataset::Dataset dataset = dataset::Dataset::open(options.dataset);
  std::int64_t faces = 0;
  for (const fs::path& shard : shard_folders(dataset)) {
    if (run.cancel.stop_requested()) return {.stopped = true};
    const dataset::Reindexed done = dataset::reindex_shard(shard, dataset::Digests::kNew);
    faces += done.faces;
    for (const std::string& problem : done.problems) run.report.add_failure(shard.string(), problem);
  }
  Outcome outcome;
  outcome.written.push_back(dataset.root());
  run.report.details["counts"] = {{"faces", faces}};
  outcome.summary = text("wrote the lists anew from ", faces, " pictures");
  return outcome;
}

Outcome face_sheet(const SheetOptions& options, Run& run) {
  ConsentGate(options.consents, run.report).open(options.dataset);
  write_contact_sheet({options.dataset}, options.output, options.person);
  return {.written = {options.output}};
}

}  // namespace understudy::stages
