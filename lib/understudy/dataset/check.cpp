#include "understudy/dataset/check.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "understudy/core/sha256.h"
#include "understudy/dataset/folders.h"
#include "understudy/dataset/overrides.h"
#include "understudy/dataset/png.h"
#include "understudy/dataset/seal.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

/// Runs `look` and puts down what it finds or throws.
template <class Look>
void note(CheckResult& result, const Look& look) {
  try {
    std::string problem = look();
    if (!problem.empty()) result.problems.push_back(std::move(problem));
  } catch (const Error& e) {
    result.problems.push_back(e.message());
  }
}

std::string digest_problem(const fs::path& path, std::string_view bytes, const std::string& wanted) {
  if (wanted.empty()) return text("there is no digest to compare ", path.string(), " with");
  return sha256(bytes) == wanted
             ? ""
             : text(path.string(), " was changed: its digest is not the one that was noted");
}

/// `record` is the text that the picture is to carry.
void check_picture(const fs::path& path, const std::string& wanted, const std::string& record,
                   CheckResult& result) {
  note(result, [&] {
    const std::string bytes = read_file(path);
    if (std::string problem = digest_problem(path, bytes, wanted); !problem.empty()) return problem;
    decode_png(bytes, path.string());
    const auto own = png_record(bytes, path.string());
    if (own == record) return std::string();
    // Older programs wrote the same in other words.
    if (own && embedded_text(record_from_json(parse_json(*own, path.string()), path.string())) == record)
      return std::string();
    return text(path.string(), " carries another record than its line in faces.jsonl");
  });
}

/// One source of one stage.
class SourceCheck {
 public:
  SourceCheck(std::string source, CheckResult& result) : source_(std::move(source)), result_(result) {}

  void check(const fs::path& folder) {
    const Shard shard = read_shard(folder);
    const std::string where = (folder / "shard.json").string();
    ++result_.shards;
    note(result_, [&] { return seal_problem(read_file(folder / "shard.json"), where); });
    for (std::int64_t frame : shard.info.frames)
      if (!frames_.insert(frame).second)
        result_.problems.push_back(text(where, ": frame ", frame, " is in another shard too"));
    for (const FrameFailure& failure : shard.info.failures)
      result_.problems.push_back(text(folder.string(), " frame ", failure.frame, " failed: ", failure.why));
    check_records(shard);
  }

 private:
  void check_records(const Shard& shard) {
    const fs::path path = shard.folder / "faces.jsonl";
    note(result_, [&] { return digest_problem(path, read_file(path), shard.info.records_sha256); });
    std::vector<BadLine> bad;
    const std::vector<FaceRecord> records = read_all_records(shard, bad);
    for (const BadLine& line : bad) result_.problems.push_back(line.why);
    const std::set<std::int64_t> frames(shard.info.frames.begin(), shard.info.frames.end());
    std::set<std::pair<std::int64_t, int>> seen;
    for (const FaceRecord& record : records) {
      if (record.source != source_ || !frames.contains(record.frame))
        result_.problems.push_back(text(path.string(), ": ", face_name(record), " of ", record.source,
                                        " does not belong to this shard"));
      if (!seen.insert({record.frame, record.face}).second)
        result_.problems.push_back(text(path.string(), ": ", face_name(record), " is there twice"));
      if (is_removed(shard, record)) {
        ++result_.removed;
        continue;
      }
      ++result_.faces;
      const std::string embedded = embedded_text(record);
      check_picture(shard.folder / record.image, record.sha256, embedded, result_);
      if (!record.mask.empty())
        check_picture(shard.folder / record.mask, record.mask_sha256, embedded, result_);
    }
  }

  std::string source_;
  std::set<std::int64_t> frames_;
  CheckResult& result_;
};

/// Corrections that can be read, whose faces and masks are there.
void check_overrides(const Dataset& dataset, const std::string& source, CheckResult& result) {
  const std::vector<Override> corrections = read_overrides(dataset, source);
  if (corrections.empty()) return;
  std::vector<FaceRecord> records;  // imported faces were never extracted
  std::vector<BadLine> told_elsewhere;
  for (const char* stage : {"extract", "align"})
    for (const Shard& shard : list_shards(dataset.stage_folder(stage, source)))
      std::ranges::move(read_all_records(shard, told_elsewhere), std::back_inserter(records));
  std::vector<const FaceRecord*> views;
  for (const FaceRecord& record : records) views.push_back(&record);
  for (const Override& correction : match_overrides(corrections, views).unmatched)
    result.problems.push_back(unmatched_sentence(correction));
  for (const Override& correction : corrections) {
    if (correction.mask.empty()) continue;
    const fs::path path = override_mask_path(dataset, correction);
    note(result, [&] {
      const std::string bytes = read_file(path);
      decode_png(bytes, path.string());
      return digest_problem(path, bytes, correction.mask_sha256);
    });
  }
}

/// Lines of before had no digest, and these keys alone.
bool is_of_before(const Json& line) {
  static const std::set<std::string> kKeys = {"source",   "track",       "person",  "extract",
                                              "embedder", "same_person", "identity"};
  return line.is_object() && line.size() == kKeys.size() &&
         std::ranges::all_of(line.items(), [](const auto& field) { return kKeys.contains(field.key()); });
}

void check_people(const Dataset& dataset, CheckResult& result) {
  const fs::path path = people_file(dataset.root());
  if (!fs::exists(path)) return;
  std::istringstream lines(read_file(path));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = text(path.string(), " line ", ++number);
    note(result, [&] {
      return is_of_before(parse_json(line, where)) ? std::string() : line_seal_problem(line, where);
    });
  }
}

void check_header(const Dataset& dataset, CheckResult& result) {
  const fs::path header = dataset.root() / "dataset.json";
  note(result, [&] { return seal_problem(read_file(header), header.string()); });
  const Json& consent = dataset.info().consent;
  const bool has_digest = consent.is_object() && consent.contains("sha256") && consent["sha256"].is_string();
  const std::string wanted = has_digest ? consent["sha256"].get<std::string>() : "";
  note(result,
       [&] { return digest_problem(dataset.consent_file(), read_file(dataset.consent_file()), wanted); });
}

}  // namespace

CheckResult check_dataset(const Dataset& dataset) {
  CheckResult result;
  check_header(dataset, result);
  check_people(dataset, result);
  for (const std::string& source : dataset.sources())
    note(result, [&] { return check_overrides(dataset, source, result), std::string(); });
  for (const std::string& stage : dataset.stages()) {
    for (const fs::path& folder : visible_folders(dataset.root() / stage)) {
      const std::string source = folder.filename().string();
      if (stage == "extract") {
        note(result, [&] {
          dataset.source(source);
          return seal_problem(read_file(folder / "source.json"), (folder / "source.json").string());
        });
      }
      SourceCheck check(source, result);
      for (const fs::path& shard : visible_folders(folder))
        note(result, [&] { return check.check(shard), std::string(); });
    }
  }
  return result;
}

}  // namespace understudy::dataset
