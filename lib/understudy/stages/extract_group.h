#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "understudy/dataset/shard.h"
#include "understudy/stages/extract_source.h"
#include "understudy/vision/tracker.h"

namespace understudy::stages {

/// A decoded frame on its way.
struct SeenFrame {
  std::int64_t number = 0;
  std::optional<media::Frame> frame;  ///< absent for one that could not be decoded; its picture may be
                                      ///< empty once bgr8 is known
  std::string why;
  cv::Mat bgr8;
  bool looked_at = false;  ///< by the detector, for some shard
  std::vector<vision::Detection> detections;
};

/// Which frames a shard is made from: its own, those that its tracker begins with, so that faces followed
/// into the shard are known there, and those up to the detector's next look, which shows who has come
/// meanwhile. A tracker remembers, so that what is found in a frame depends on where it began: that is the
/// same place for all jobs that share the frames of a cell of the grid among them.
struct ShardPlan {
  std::vector<std::int64_t> own;      ///< ascending, at least one
  std::vector<std::int64_t> visited;  ///< ascending, with `own`
  std::vector<std::int64_t> looks;    ///< those of `visited` that the detector looks at, ascending

  /// `selected` are the frames of all jobs in the cell of `own`, `all` the source's; both ascending. The
  /// detector looks at numbers that `every` divides, and where what is before or after is not visited.
  static ShardPlan of(std::vector<std::int64_t> own, const std::vector<std::int64_t>& selected,
                      const std::vector<std::int64_t>& all, int every);
};

/// One shard in the making: tracks faces, and has the crops of faces to be cut and written.
class ExtractGroup {
 public:
  struct Context {
    const ExtractOptions& options;
    const Json& shard_options;
    const media::DisplaySpace& space;
    const std::filesystem::path& stage_folder;
    const std::string& source_id;
    Run& run;
    vision::Detector& detector;  ///< for the tracker
  };
  ExtractGroup(const Context& context, ShardPlan plan);

  /// The next visited frame. Its faces come up for writing with the next begin_writing(), and may be found
  /// while those before them are written.
  void add(std::shared_ptr<const SeenFrame> seen);
  bool visits(std::int64_t frame) const;
  bool looks_at(std::int64_t frame) const;

  /// Faces to be written: cut_and_write() does one, in any order and on any thread; then keep_written() puts
  /// them into the shard.
  std::size_t begin_writing();
  void cut_and_write(std::size_t i);
  void keep_written();

  /// Whether all frames were seen and all faces written, so that it can be published.
  bool is_complete() const { return last_seen_ == plan_.visited.back() && waiting_.empty(); }
  /// When it is complete.
  void publish();
  const ExtractCounts& counts() const { return counts_; }

 private:
  struct Pending {
    std::shared_ptr<const SeenFrame> seen;
    std::vector<vision::TrackedFace> faces;
    bool began_shot = false;
  };
  struct FaceToWrite {
    std::shared_ptr<const SeenFrame> seen;
    dataset::FaceRecord record;
  };

  void follow_back(vision::TrackedFace face, const cv::Mat& bgr8, bool began_shot);
  void look_before_cut();
  void release();
  void release(const Pending& pending);

  Context context_;
  ShardPlan plan_;
  vision::Tracker tracker_;
  dataset::ShardWriter writer_;
  std::optional<std::int64_t> last_seen_;
  std::deque<Pending> pending_;  ///< since the detector's last look
  std::vector<FaceToWrite> waiting_, in_writing_;
  ExtractCounts counts_;
};

}  // namespace understudy::stages
