#include "understudy/dataset/shard.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "understudy/core/frames.h"
#include "understudy/core/run.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/folders.h"
#include "understudy/dataset/png.h"
#include "understudy/dataset/seal.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

std::string random_uuid() {
  std::random_device random;
  std::string hex;
  while (hex.size() < 32) {
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08x", random());
    hex += digits;
  }
  hex[12] = '4';
  hex[16] = "89ab"[random() % 4];
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

std::string shard_name(const std::vector<std::int64_t>& frames) {
  if (frames.empty()) throw Error(ErrorCode::kBug, "a shard without frames");
  return frame_name(frames.front()) + "-" + frame_name(frames.back());
}

/// Runs of frames with a step of 1 as [first, last] pairs.
Json to_runs(const std::vector<std::int64_t>& frames) {
  Json out = Json::array();
  for (std::size_t i = 0; i < frames.size();) {
    std::size_t end = i + 1;
    while (end < frames.size() && frames[end] == frames[end - 1] + 1) ++end;
    out.push_back({frames[i], frames[end - 1]});
    i = end;
  }
  return out;
}

std::vector<std::int64_t> from_runs(const Json& runs, std::string_view where) {
  constexpr std::uint64_t kMaxFrames = 1'000'000;
  auto is_frame = [](const Json& v) {
    return v.is_number_unsigned() ? std::in_range<std::int64_t>(v.get<std::uint64_t>())
                                  : v.is_number_integer();
  };
  const bool pairs = runs.is_array() && std::all_of(runs.begin(), runs.end(), [&](const Json& run) {
                       return run.is_array() && run.size() == 2 && is_frame(run[0]) && is_frame(run[1]);
                     });
  if (!pairs || runs.empty())
    throw Error(ErrorCode::kFormat, text(where, ": 'frames' should be a list of [first, last] pairs"));
  std::vector<std::int64_t> out;
  for (const Json& run : runs) {
    const auto first = run[0].get<std::int64_t>(), last = run[1].get<std::int64_t>();
    const bool ascending = first <= last && (out.empty() || first > out.back());
    // Unsigned, since the distance of two frame numbers may not fit into a signed one.
    if (!ascending ||
        static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) >= kMaxFrames - out.size())
      throw Error(ErrorCode::kFormat,
                  text(where, ": the run of frames ", first, " to ", last, " makes no sense"));
    for (std::uint64_t i = 0; i <= static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first); ++i)
      out.push_back(first + static_cast<std::int64_t>(i));
  }
  return out;
}

}  // namespace

Json shard_json(const ShardInfo& info) {
  Json failures = Json::array();
  for (const FrameFailure& failure : info.failures)
    failures.push_back({{"frame", failure.frame}, {"why", failure.why}});
  Json out;
  out["format"] = "understudy-shard";
  out["version"] = kFormatVersion;
  out["stage"] = info.stage;
  out["source"] = info.source;
  out["frames"] = to_runs(info.frames);
  out["faces"] = info.faces;
  out["failures"] = failures;
  out["options"] = info.options;
  out["options_hash"] = options_hash(info.options);
  out["program_version"] = info.program_version;
  out["uuid"] = info.uuid;
  out["faces_sha256"] = info.records_sha256;
  return sealed(out);
}

void check_format(const Json& json, std::string_view format, std::string_view where) {
  if (json_field<std::string>(json, "format", where) != format)
    throw Error(ErrorCode::kFormat, text(where, " is not of the format ", format));
  const auto version = json_field<std::int64_t>(json, "version", where);
  if (version < 1 || version > kFormatVersion) {
    throw Error(
        ErrorCode::kFormat,
        text(where, " is of format version ", version, "; this program reads up to version ", kFormatVersion),
        "use the version of Understudy that wrote it, or a newer one");
  }
}

ShardInfo parse_shard_info(const Json& json, std::string_view where) {
  check_format(json, "understudy-shard", where);
  ShardInfo info;
  info.stage = json_field<std::string>(json, "stage", where);
  info.source = json_field<std::string>(json, "source", where);
  info.frames = from_runs(json_field<Json>(json, "frames", where), where);
  info.faces = json_field<std::int64_t>(json, "faces", where);
  if (info.faces < 0)
    throw Error(ErrorCode::kFormat, text(where, ": the number of faces ", info.faces, " is below 0"));
  for (const Json& failure : json_field<Json>(json, "failures", where))
    info.failures.push_back(
        {json_field<std::int64_t>(failure, "frame", where), json_field<std::string>(failure, "why", where)});
  info.options = json_field<Json>(json, "options", where);
  info.program_version = json_field<std::string>(json, "program_version", where);
  info.uuid = json_field<std::string>(json, "uuid", where);
  if (json.contains("faces_sha256"))
    info.records_sha256 = json_field<std::string>(json, "faces_sha256", where);
  return info;
}

namespace {

/// The options that differ, as "size: 256, now 128".
std::string differences(const Json& there, const Json& now) {
  std::vector<std::string> out;
  for (const auto& [key, value] : there.items())
    if (!now.contains(key) || now[key] != value)
      out.push_back(
          text(key, ": ", json_text(value), ", now ", now.contains(key) ? json_text(now[key]) : "absent"));
  for (const auto& [key, value] : now.items())
    if (!there.contains(key)) out.push_back(text(key, ": absent, now ", json_text(value)));
  return joined(out, "; ");
}

void move_to_trash(const fs::path& folder, const fs::path& trash) {
  make_folder(trash);
  const fs::path target = trash / (folder.filename().string() + "-" + random_uuid());
  std::error_code error;
  fs::rename(folder, target, error);
  if (error)
    throw Error(ErrorCode::kResource,
                text("cannot move ", folder.string(), " to ", target.string(), ": ", error.message()));
}

std::vector<std::vector<std::int64_t>> on_grid(const std::vector<std::int64_t>& frames) {
  std::vector<std::vector<std::int64_t>> groups;
  for (std::int64_t frame : frames) {
    if (groups.empty() || grid_cell(groups.back().back()) != grid_cell(frame)) groups.emplace_back();
    groups.back().push_back(frame);
  }
  return groups;
}

}  // namespace

std::int64_t grid_cell(std::int64_t frame) {
  return frame >= 0 ? frame / kShardFrames : (frame - kShardFrames + 1) / kShardFrames;
}

std::string options_hash(const Json& options) {
  return sha256(json_text(options));
}

ShardWriter::ShardWriter(const fs::path& stage_folder, ShardInfo info)
    : final_folder_(stage_folder / shard_name(info.frames)), info_(std::move(info)), folder_(final_folder_) {
  info_.uuid = random_uuid();
  info_.program_version = version();
}

FaceRecord ShardWriter::write(FaceRecord record, const cv::Mat& picture, const cv::Mat& mask) const {
  record.image = face_name(record) + ".png";
  if (!mask.empty()) record.mask = face_name(record) + ".mask.png";
  const std::string embedded = embedded_text(record);
  record_from_json(parse_json(embedded, record.image), record.image);
  const std::string bytes = encode_png(picture, embedded);
  write_unpublished(folder_.temporary() / record.image, bytes);
  record.sha256 = sha256(bytes);
  if (!mask.empty()) {
    const std::string mask_bytes = encode_png(mask, embedded);
    write_unpublished(folder_.temporary() / record.mask, mask_bytes);
    record.mask_sha256 = sha256(mask_bytes);
  }
  return record;
}

void ShardWriter::add(FaceRecord written) {
  records_.push_back(std::move(written));
}

void ShardWriter::add(FaceRecord record, const cv::Mat& picture, const cv::Mat& mask) {
  add(write(std::move(record), picture, mask));
}

void ShardWriter::add_failure(std::int64_t frame, std::string why) {
  info_.failures.push_back({frame, std::move(why)});
}

bool ShardWriter::publish() {
  info_.faces = static_cast<std::int64_t>(records_.size());
  std::string lines;
  for (const FaceRecord& record : records_) lines += json_text(to_json(record)) + "\n";
  info_.records_sha256 = sha256(lines);
  write_unpublished(folder_.temporary() / "faces.jsonl", lines);
  write_unpublished(folder_.temporary() / "shard.json", json_text(shard_json(info_), 2) + "\n");
  return folder_.publish();
}

Shard read_shard(const fs::path& folder) {
  const fs::path path = folder / "shard.json";
  try {
    return {folder, parse_shard_info(read_json_file(path), path.string())};
  } catch (const Error& e) {
    if (!e.hint().empty()) throw;
    throw Error(e.code(), e.message(), text("move ", folder.string(), " away and run the stage again"));
  }
}

std::vector<Shard> list_shards(const fs::path& stage_folder) {
  std::vector<Shard> shards;
  for (const fs::path& folder : visible_folders(stage_folder)) shards.push_back(read_shard(folder));
  std::sort(shards.begin(), shards.end(), [](const Shard& a, const Shard& b) {
    return std::pair(a.info.frames.front(), a.folder) < std::pair(b.info.frames.front(), b.folder);
  });
  return shards;
}

bool is_removed(const Shard& shard, const FaceRecord& record) {
  std::error_code error;
  return fs::symlink_status(shard.folder / record.image, error).type() == fs::file_type::not_found;
}

namespace {

/// One listing instead of a look at each file: on a network's disk each look is a way there and back.
std::unordered_set<std::string> names_in(const fs::path& folder) {
  std::unordered_set<std::string> out;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    out.insert(entry->path().filename().string());
  if (error)
    throw Error(ErrorCode::kResource,
                text("the shard ", folder.string(), " cannot be listed: ", error.message()),
                "see to it that the disk is there and that nobody moves the dataset, then run the same "
                "command again");
  return out;
}

}  // namespace

std::vector<FaceRecord> read_all_records(const Shard& shard, std::vector<BadLine>& bad) {
  const fs::path path = shard.folder / "faces.jsonl";
  std::istringstream lines(read_file(path));
  std::vector<FaceRecord> records;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty()) continue;
    const std::string where = text(path.string(), " line ", number);
    try {
      records.push_back(record_from_json(parse_json(line, where), where));
    } catch (const Error& e) {
      bad.push_back({number, e.message()});
    }
  }
  std::sort(records.begin(), records.end(), [](const FaceRecord& a, const FaceRecord& b) {
    return std::pair(a.frame, a.face) < std::pair(b.frame, b.face);
  });
  return records;
}

std::vector<FaceRecord> read_records(const Shard& shard, std::vector<BadLine>& bad) {
  std::vector<FaceRecord> records = read_all_records(shard, bad);
  const std::unordered_set<std::string> there = names_in(shard.folder);
  std::erase_if(records, [&](const FaceRecord& record) { return !there.contains(record.image); });
  return records;
}

PendingWork pending_work(const fs::path& stage_folder, const std::vector<std::int64_t>& wanted,
                         const WorkRules& rules, const fs::path& trash) {
  const std::set<std::int64_t> wanted_set(wanted.begin(), wanted.end());
  std::set<std::int64_t> done;
  PendingWork work;
  for (const Shard& shard : list_shards(stage_folder)) {
    const bool touched = std::any_of(shard.info.frames.begin(), shard.info.frames.end(),
                                     [&](std::int64_t frame) { return wanted_set.contains(frame); });
    if (!touched) continue;
    const Json options = rules.options(shard.info.frames);
    if (options_hash(shard.info.options) != options_hash(options)) {
      if (!rules.replaces(shard.info, options)) {
        throw Error(ErrorCode::kUsage,
                    text(shard.folder.string(), " was made with other options (",
                         differences(shard.info.options, options), ")"),
                    "use the same options, another output, or --replace to move the old shard to trash/");
      }
      if (!trash.empty()) move_to_trash(shard.folder, trash);
      continue;
    }
    done.insert(shard.info.frames.begin(), shard.info.frames.end());
    for (const FrameFailure& failure : shard.info.failures)
      if (wanted_set.contains(failure.frame)) work.old_failures.push_back(failure);
  }
  std::vector<std::int64_t> missing;
  for (std::int64_t frame : wanted)
    (done.contains(frame) ? void(++work.done_before) : missing.push_back(frame));
  work.groups = on_grid(missing);
  return work;
}

PendingWork pending_work(const fs::path& stage_folder, const std::vector<std::int64_t>& wanted,
                         const Json& options, bool replace, const fs::path& trash) {
  return pending_work(
      stage_folder, wanted,
      {[&](const auto&) { return options; }, [&](const auto&, const auto&) { return replace; }}, trash);
}

std::string read_shard_file(const fs::path& path) {
  try {
    return read_file(path);
  } catch (const Error&) {
    std::error_code ignored;
    if (fs::is_directory(path.parent_path(), ignored)) throw;
    throw Error(ErrorCode::kResource,
                text("the shard ", path.parent_path().string(), " was there a moment ago and is gone"),
                "see to it that the disk is there and that nobody moves the dataset, then run the same "
                "command again");
  }
}

}  // namespace understudy::dataset
