#include "understudy/dataset/reindex.h"

#include <algorithm>
#include <map>
#include <set>

#include "understudy/core/item_error.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/png.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

using Lines = std::map<std::pair<std::int64_t, int>, FaceRecord>;

std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".png") && !name.ends_with(".mask.png") && !name.starts_with('.'))
      out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

/// The lines that can be read, none where there is no file.
Lines old_lines(const Shard& shard) {
  Lines out;
  if (!fs::exists(shard.folder / "faces.jsonl")) return out;
  std::vector<BadLine> bad;
  for (FaceRecord& record : read_all_records(shard, bad))
    out.emplace(std::pair(record.frame, record.face), std::move(record));
  return out;
}

/// The record that a picture carries, with digests.
FaceRecord own_record(const fs::path& picture, const Lines& old, Digests digests) {
  const std::string bytes = read_file(picture), where = picture.string();
  const auto embedded = png_record(bytes, where);
  if (!embedded) throw Error(ErrorCode::kFormat, text(where, " carries no record"));
  FaceRecord record = record_from_json(parse_json(*embedded, where), where);
  if (record.image != picture.filename().string())
    throw Error(ErrorCode::kFormat, text(where, " carries the record of ", record.image));
  record.sha256 = sha256(bytes);
  if (!record.mask.empty()) record.mask_sha256 = sha256_file(picture.parent_path() / record.mask);
  const auto line = old.find({record.frame, record.face});
  if (digests == Digests::kKeep && line != old.end()) {
    record.sha256 = line->second.sha256;
    record.mask_sha256 = line->second.mask_sha256;
  }
  return record;
}

}  // namespace

Reindexed reindex_shard(const fs::path& folder, Digests digests) {
  Shard shard = read_shard(folder);
  const std::set<std::int64_t> frames(shard.info.frames.begin(), shard.info.frames.end());
  const Lines old = old_lines(shard);
  Lines lines;
  for (const auto& [key, record] : old)
    if (is_removed(shard, record)) lines.emplace(key, record);
  Reindexed out;
  for (const fs::path& picture : pictures_in(folder)) {
    try {
      FaceRecord record = own_record(picture, old, digests);
      if (record.source != shard.info.source || !frames.contains(record.frame))
        throw Error(ErrorCode::kFormat, text(picture.string(), " belongs to another shard"));
      lines.insert_or_assign(std::pair(record.frame, record.face), std::move(record));
      ++out.faces;
    } catch (const Error& e) {
      if (!concerns_item(e)) throw;
      out.problems.push_back(e.message());
      // What can be said of it is what was said before.
      for (const auto& [key, record] : old)
        if (record.image == picture.filename().string()) lines.emplace(key, record);
    }
  }
  std::string content;
  for (const auto& [key, record] : lines) content += json_text(to_json(record)) + "\n";
  shard.info.records_sha256 = sha256(content);
  shard.info.faces = static_cast<std::int64_t>(lines.size());
  write_file(folder / "faces.jsonl", content);
  write_json_file(folder / "shard.json", shard_json(shard.info));
  return out;
}

}  // namespace understudy::dataset
