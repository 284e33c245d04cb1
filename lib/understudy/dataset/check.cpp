#include "understudy/dataset/check.h"

#include "understudy/core/sha256.h"
#include "understudy/dataset/png.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

/// "extract", "align" and each "convert/NAME" that exists.
std::vector<std::string> stages_of(const Dataset& dataset) {
  std::vector<std::string> stages = {"extract", "align"};
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(dataset.root() / "convert", absent))
    if (entry.is_directory() && !entry.path().filename().string().starts_with('.'))
      stages.push_back("convert/" + entry.path().filename().string());
  return stages;
}

void check_picture(const fs::path& path, const std::string& sha256_wanted, const FaceRecord& record, CheckResult& result) {
  try {
    const std::string bytes = read_file(path);
    if (sha256(bytes) != sha256_wanted) {
      result.problems.push_back(text(path.string(), " was changed: its digest is not the one in faces.jsonl"));
      return;
    }
    decode_png(bytes, path.string());
    const auto own = png_record(bytes, path.string());
    if (!own || parse_json(*own, path.string()) != parse_json(embedded_text(record), path.string()))
      result.problems.push_back(text(path.string(), " carries another record than its line in faces.jsonl"));
  } catch (const Error& e) {
    result.problems.push_back(e.message());
  }
}

void check_shard(const Shard& shard, CheckResult& result) {
  ++result.shards;
  std::vector<BadLine> bad;
  const std::vector<FaceRecord> records = read_records(shard, bad);
  for (const BadLine& line : bad) result.problems.push_back(line.why);
  result.faces += static_cast<std::int64_t>(records.size());
  result.removed += shard.info.faces - static_cast<std::int64_t>(records.size() + bad.size());
  for (const FaceRecord& record : records) {
    check_picture(shard.folder / record.image, record.sha256, record, result);
    if (!record.mask.empty()) check_picture(shard.folder / record.mask, record.mask_sha256, record, result);
  }
  for (const FrameFailure& failure : shard.info.failures)
    result.problems.push_back(text(shard.folder.string(), " frame ", failure.frame, " failed: ", failure.why));
}

}  // namespace

CheckResult check_dataset(const Dataset& dataset) {
  CheckResult result;
  for (const std::string& stage : stages_of(dataset)) {
    for (const std::string& source : dataset.sources()) {
      std::error_code absent;
      for (const auto& entry : fs::directory_iterator(dataset.stage_folder(stage, source), absent)) {
        if (!entry.is_directory() || entry.path().filename().string().starts_with('.')) continue;
        try {
          check_shard(read_shard(entry.path()), result);
        } catch (const Error& e) {
          result.problems.push_back(e.message());
        }
      }
    }
  }
  return result;
}

}  // namespace understudy::dataset
