#include "understudy/stages/extract_source.h"

#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <set>

#include "understudy/stages/extract_crop.h"
#include "understudy/stages/extract_group.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

using Detectors = std::vector<std::unique_ptr<vision::Detector>>;

void add_to(ExtractCounts& sum, const ExtractCounts& counts) {
  sum.frames += counts.frames;
  sum.faces += counts.faces;
  sum.frames_without_face += counts.frames_without_face;
  sum.followed += counts.followed;
}

}  // namespace

/// One pass over the source. While the frames of a batch are looked at, faces are followed through those of
/// the batch before, and the faces of the one before that are written, on the same threads.
class SourceExtraction::Pass {
 public:
  Pass(SourceExtraction& owner, const std::vector<std::vector<std::int64_t>>& groups, Detectors& detectors)
      : owner_(owner), detectors_(detectors), trackers_detector_(detectors.front()->twin()) {
    const std::vector<std::int64_t>& all = owner.plate_.frames.info().frames;
    std::map<std::int64_t, std::vector<std::int64_t>> selected;  // by cell
    for (const std::int64_t frame : owner.options_.common.frames.undivided().apply(all))
      selected[dataset::grid_cell(frame)].push_back(frame);
    std::set<std::int64_t> visited;
    for (const auto& group : groups) {
      plans_.push_back(ShardPlan::of(group, selected.at(dataset::grid_cell(group.front())), all,
                                     owner.options_.detect_every));
      visited.insert(plans_.back().visited.begin(), plans_.back().visited.end());
      looks_.insert(plans_.back().looks.begin(), plans_.back().looks.end());
    }
    owner.plate_.frames.select({visited.begin(), visited.end()});
  }

  /// False when told to stop.
  bool run() {
    Batch before;
    for (;;) {
      if (owner_.run_.cancel.stop_requested()) return false;
      Batch batch = read(owner_.most_at_once_);
      if (!work_on(batch, before)) return true;
      before = std::move(batch);
    }
  }

 private:
  using Batch = std::vector<std::shared_ptr<SeenFrame>>;

  Batch read(std::size_t size) {
    const auto step = owner_.run_.report.step("wait for decoding");
    Batch batch;
    while (!at_end_ && batch.size() < size) {
      auto seen = std::make_shared<SeenFrame>();
      try {
        seen->frame = owner_.plate_.frames.next();
        at_end_ = !seen->frame;
        if (at_end_) break;
        seen->number = seen->frame->number;
      } catch (const media::BadFrame& e) {
        seen->number = e.number();
        seen->why = e.message();
      }
      seen->looked_at = looks_.contains(seen->number);
      batch.push_back(std::move(seen));
    }
    return batch;
  }

  void look(SeenFrame& seen, vision::Detector& detector) {
    if (!seen.frame) return;
    {
      const auto step = owner_.run_.report.step("convert");
      media::Picture& picture = seen.frame->picture;
      seen.bgr8 = owner_.plate_.space.bgr8(picture);
      if (!has_deep_crops(picture.format())) picture = {};
    }
    if (!seen.looked_at) return;
    const auto step = owner_.run_.report.step("detect");
    seen.detections = detector.detect(seen.bgr8, vision::weak_score(detector));
  }

  /// False when nothing is left to do.
  bool work_on(const Batch& batch, const Batch& before) {
    std::vector<std::function<void(vision::Detector&)>> work;
    // What takes longest comes first.
    if (!before.empty()) work.emplace_back([&](vision::Detector&) { track(before); });
    std::list<ExtractGroup> whole;
    for (auto group = groups_.begin(); group != groups_.end();)
      if (const auto here = group++; here->is_complete()) whole.splice(whole.end(), groups_, here);
    for (ExtractGroup& group : whole) work.emplace_back([&](vision::Detector&) { group.publish(); });
    Batch frames = batch;
    std::ranges::stable_partition(frames, [](const auto& seen) { return seen->looked_at; });
    for (const auto& seen : frames)
      work.emplace_back([&](vision::Detector& detector) { look(*seen, detector); });
    for (ExtractGroup& group : groups_)
      for (std::size_t i = 0, count = group.begin_writing(); i < count; ++i)
        work.emplace_back([&group, i](vision::Detector&) { group.cut_and_write(i); });
    vision::share_out(detectors_, std::ssize(work), [&](vision::Detector& detector, std::int64_t i) {
      work[static_cast<std::size_t>(i)](detector);
    });
    for (ExtractGroup& group : groups_) group.keep_written();
    for (const ExtractGroup& group : whole) add_to(owner_.counts_, group.counts());
    return !work.empty();
  }

  void track(const Batch& batch) {
    for (const auto& seen : batch) {
      while (next_plan_ < plans_.size() && plans_[next_plan_].visited.front() <= seen->number)
        groups_.emplace_back(
            ExtractGroup::Context{owner_.options_, owner_.shard_options_, owner_.plate_.space,
                                  owner_.stage_folder_, owner_.source_id_, owner_.run_, *trackers_detector_},
            std::move(plans_[next_plan_++]));
      for (ExtractGroup& group : groups_)
        if (group.visits(seen->number)) group.add(seen);
    }
  }

  SourceExtraction& owner_;
  Detectors& detectors_;
  std::unique_ptr<vision::Detector> trackers_detector_;
  std::vector<ShardPlan> plans_;
  std::size_t next_plan_ = 0;
  bool at_end_ = false;
  std::set<std::int64_t> looks_;  // of any shard
  std::list<ExtractGroup> groups_;
};

SourceExtraction::SourceExtraction(const ExtractOptions& options, const Json& shard_options,
                                   const ExtractPlate& plate, const std::filesystem::path& stage_folder,
                                   std::string source_id, std::size_t most_at_once, Run& run)
    : options_(options),
      shard_options_(shard_options),
      plate_(plate),
      stage_folder_(stage_folder),
      source_id_(std::move(source_id)),
      most_at_once_(most_at_once),
      run_(run) {}

bool SourceExtraction::work(const std::vector<std::vector<std::int64_t>>& groups, Detectors& detectors) {
  return Pass(*this, groups, detectors).run();
}

}  // namespace understudy::stages
