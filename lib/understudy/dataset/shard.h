#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "understudy/core/files.h"
#include "understudy/dataset/record.h"

namespace understudy::dataset {

constexpr int kFormatVersion = 2;
/// Frames are published in shards of at most this many, on a grid of frame numbers, so that any split of the
/// work makes few and like-sized folders.
constexpr std::int64_t kShardFrames = 100;
/// Which cell of the grid a frame lies in.
std::int64_t grid_cell(std::int64_t frame);

/// A frame that a shard could not do.
struct FrameFailure {
  std::int64_t frame;
  std::string why;
};

/// shard.json: what a shard holds and how it was made.
struct ShardInfo {
  std::string stage;
  std::string source;
  std::vector<std::int64_t> frames;  ///< done, those without a face too; ascending
  std::int64_t faces = 0;
  std::vector<FrameFailure> failures;
  Json options =
      Json::object();  ///< those that change the result; their digest decides whether a rerun skips
  std::string program_version;
  std::string uuid;
  std::string records_sha256;  ///< digest of faces.jsonl as it was published
};

/// A published shard on disk.
struct Shard {
  std::filesystem::path folder;
  ShardInfo info;
};

/// Throws Error kFormat, with both versions, when `json` is not of this format or of a newer version than
/// this program's.
void check_format(const Json& json, std::string_view format, std::string_view where);

/// The content of shard.json. Throws Error kFormat, naming `where`.
ShardInfo parse_shard_info(const Json& json, std::string_view where);

/// What shard.json holds of `info`, sealed.
Json shard_json(const ShardInfo& info);

/// The digest of a stage's effective options, by which a rerun knows its own work.
std::string options_hash(const Json& options);

/// Builds a shard under a temporary name beside its final one, STAGE_FOLDER/FIRST-LAST.
class ShardWriter {
 public:
  /// `info.frames` names the shard; it has at least one.
  ShardWriter(const std::filesystem::path& stage_folder, ShardInfo info);
  /// Writes `picture` (and `mask`, if not empty); the record comes back with image, mask and their digests
  /// filled in, for add(). May be called by several threads at once. Throws Error kFormat for a record that
  /// could not be read again: a number that is not finite.
  FaceRecord write(FaceRecord record, const cv::Mat& picture, const cv::Mat& mask) const;
  /// Keeps a record whose pictures are written.
  void add(FaceRecord written);
  /// Both.
  void add(FaceRecord record, const cv::Mat& picture, const cv::Mat& mask);
  void add_failure(std::int64_t frame, std::string why);
  /// Writes faces.jsonl and shard.json and publishes. False when another job published the same shard first.
  bool publish();
  const std::filesystem::path& final_folder() const { return final_folder_; }

 private:
  std::filesystem::path final_folder_;
  ShardInfo info_;
  AtomicFolder folder_;
  std::vector<FaceRecord> records_;
};

/// The shards of a stage's folder for one source, by first frame; hidden names are skipped. An absent folder
/// has none. Throws Error kFormat for a damaged or newer shard.json.
std::vector<Shard> list_shards(const std::filesystem::path& stage_folder);

/// One published shard. Throws Error kInput or kFormat.
Shard read_shard(const std::filesystem::path& folder);

/// A line of faces.jsonl that could not be read.
struct BadLine {
  std::size_t line;
  std::string why;
};

/// All records of the shard, removed faces too, by frame and face. Damaged lines are put into `bad`.
std::vector<FaceRecord> read_all_records(const Shard& shard, std::vector<BadLine>& bad);

/// Whether the face was removed by deleting its picture.
bool is_removed(const Shard& shard, const FaceRecord& record);

/// The shard's records whose pictures are still there, by frame and face. Damaged lines are put into `bad`.
std::vector<FaceRecord> read_records(const Shard& shard, std::vector<BadLine>& bad);

/// What is left to do.
struct PendingWork {
  std::vector<std::vector<std::int64_t>> groups;  ///< the missing frames, a list for each shard to be made
  std::vector<FrameFailure> old_failures;         ///< failures of the frames that were done before
  std::size_t done_before = 0;
};

/// What decides whether a published shard is taken as it is.
struct WorkRules {
  /// The options that a shard of these frames would be made with now.
  std::function<Json(const std::vector<std::int64_t>& frames)> options;
  /// Whether a shard that was made with others gives way.
  std::function<bool(const ShardInfo& there, const Json& now)> replaces;
};

/// Compares the wanted frames with the published shards. Throws Error kUsage when one that was made with
/// other options, and does not give way, holds a wanted frame; those that do are moved to `trash`. An empty
/// `trash` only looks, for a dry run: what would be moved counts as gone and stays where it is.
PendingWork pending_work(const std::filesystem::path& stage_folder, const std::vector<std::int64_t>& wanted,
                         const WorkRules& rules, const std::filesystem::path& trash);

/// The same with one set of options for all. Shards with other options give way when `replace` says so.
PendingWork pending_work(const std::filesystem::path& stage_folder, const std::vector<std::int64_t>& wanted,
                         const Json& options, bool replace, const std::filesystem::path& trash);

/// A file of a published shard. Throws Error kInput when it is missing or unreadable, and kResource when the
/// whole shard is gone: then it is not the file that is at fault, and a later run may find it there again.
std::string read_shard_file(const std::filesystem::path& path);

}  // namespace understudy::dataset
