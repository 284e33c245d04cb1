#include "understudy/stages/extract_source.h"

#include <algorithm>
#include <deque>
#include <set>

#include "understudy/core/log.h"
#include "understudy/stages/extract_crop.h"
#include "understudy/vision/tracker.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

// A tracker begins this many frames before its shard, so that faces followed into the shard are known there.
constexpr std::size_t kWarmUp = 12;

/// The frames just before `first`.
std::vector<std::int64_t> warm_up_frames(const std::vector<std::int64_t>& all, std::int64_t first) {
  const auto end = std::lower_bound(all.begin(), all.end(), first);
  const auto begin = end - std::min<std::ptrdiff_t>(kWarmUp, end - all.begin());
  return {begin, end};
}

}  // namespace

/// A decoded frame on its way.
struct SourceExtraction::Seen {
  std::int64_t number = 0;
  std::optional<media::Frame> frame;  ///< absent for one that could not be decoded
  std::string why;
  cv::Mat bgr8;
  std::vector<vision::Detection> detections;
};

/// One shard in the making.
class SourceExtraction::Group {
 public:
  Group(SourceExtraction& owner, std::vector<std::int64_t> frames, vision::Detector& detector)
      : owner_(owner),
        tracker_(detector, {owner.options_.min_face_px, owner.options_.max_faces}),
        last_(frames.back()),
        writer_(owner.stage_folder_, info(owner, std::move(frames))) {}

  void warm_up(const Seen& seen) {
    if (seen.frame) tracker_.next(seen.number, seen.bgr8, seen.detections);
  }

  void add(const Seen& seen) {
    ++counts_.frames;
    if (!seen.frame) {
      writer_.add_failure(seen.number, seen.why);
      owner_.run_.report.add_failure(text(owner_.source_id_, " frame ", seen.number), seen.why);
      return;
    }
    std::vector<vision::TrackedFace> faces;
    {
      const auto step = owner_.run_.report.step("track");
      faces = tracker_.next(seen.number, seen.bgr8, seen.detections);
    }
    const auto step = owner_.run_.report.step("crop and write");
    for (std::size_t i = 0; i < faces.size(); ++i) write(seen, faces[i], static_cast<int>(i));
    counts_.faces += static_cast<std::int64_t>(faces.size());
    counts_.frames_without_face += faces.empty();
  }

  bool is_last(std::int64_t frame) const { return frame == last_; }

  const ExtractCounts& publish() {
    const auto step = owner_.run_.report.step("publish");
    if (!writer_.publish())
      log_warning(
          text(writer_.final_folder().string(), " was written by another job meanwhile; its faces are kept"));
    return counts_;
  }

 private:
  static dataset::ShardInfo info(const SourceExtraction& owner, std::vector<std::int64_t> frames) {
    dataset::ShardInfo out;
    out.stage = "extract";
    out.source = owner.source_id_;
    out.frames = std::move(frames);
    out.options = owner.shard_options_;
    return out;
  }

  void write(const Seen& seen, const vision::TrackedFace& face, int face_number) {
    const ContextCrop crop = cut_context({seen.frame->picture, seen.bgr8, owner_.plate_.space},
                                         face.detection.box, owner_.options_.crop_size);
    dataset::FaceRecord record;
    record.source = owner_.source_id_;
    record.frame = seen.number;
    record.face = face_number;
    record.pts = seen.frame->pts;
    record.box = face.detection.box;
    record.score = face.detection.score;
    record.detector = owner_.options_.detector + (face.followed ? " followed" : "");
    record.track = face.track;
    record.crop_from_frame = crop.crop_from_frame;
    writer_.add(std::move(record), crop.picture, {});
    counts_.followed += face.followed;
  }

  SourceExtraction& owner_;
  vision::Tracker tracker_;
  std::int64_t last_;
  dataset::ShardWriter writer_;
  ExtractCounts counts_;
};

SourceExtraction::SourceExtraction(const ExtractOptions& options, const Json& shard_options,
                                   const ExtractPlate& plate, const std::filesystem::path& stage_folder,
                                   std::string source_id, Run& run)
    : options_(options),
      shard_options_(shard_options),
      plate_(plate),
      stage_folder_(stage_folder),
      source_id_(std::move(source_id)),
      run_(run) {}

std::vector<SourceExtraction::Seen> SourceExtraction::read_batch(std::size_t size) {
  const auto step = run_.report.step("wait for decoding");
  std::vector<Seen> batch;
  while (batch.size() < size) {
    Seen seen;
    try {
      seen.frame = plate_.frames.next();
      if (!seen.frame) break;
      seen.number = seen.frame->number;
    } catch (const media::BadFrame& e) {
      seen.number = e.number();
      seen.why = e.message();
    }
    batch.push_back(std::move(seen));
  }
  return batch;
}

void SourceExtraction::detect(std::vector<Seen>& batch,
                              std::vector<std::unique_ptr<vision::Detector>>& detectors) {
  const auto step = run_.report.step("detect");
  vision::share_out(detectors, static_cast<std::int64_t>(batch.size()),
                    [&](vision::Detector& detector, std::int64_t i) {
                      Seen& seen = batch[static_cast<std::size_t>(i)];
                      if (!seen.frame) return;
                      seen.bgr8 = plate_.space.bgr8(seen.frame->picture);
                      seen.detections = detector.detect(seen.bgr8, vision::weak_score(detector));
                    });
}

bool SourceExtraction::work(const std::vector<std::vector<std::int64_t>>& groups,
                            std::vector<std::unique_ptr<vision::Detector>>& detectors) {
  std::set<std::int64_t> plan;
  for (const auto& group : groups) {
    plan.insert(group.begin(), group.end());
    for (std::int64_t frame : warm_up_frames(plate_.frames.info().frames, group.front())) plan.insert(frame);
  }
  plate_.frames.select({plan.begin(), plan.end()});

  auto next_group = groups.begin();
  std::unique_ptr<Group> group;
  std::set<std::int64_t> wanted;
  std::deque<Seen> history;
  for (;;) {
    if (run_.cancel.stop_requested()) return false;
    std::vector<Seen> batch = read_batch(2 * detectors.size());
    if (batch.empty()) break;
    detect(batch, detectors);
    for (Seen& seen : batch) {
      if (next_group != groups.end() && seen.number == next_group->front()) {
        group = std::make_unique<Group>(*this, *next_group, *detectors.front());
        wanted = {next_group->begin(), next_group->end()};
        const auto before = warm_up_frames(plate_.frames.info().frames, seen.number);
        for (const Seen& old : history)
          if (!before.empty() && old.number >= before.front()) group->warm_up(old);
        ++next_group;
      }
      if (group && wanted.contains(seen.number)) {
        group->add(seen);
        run_.progress.advance();
      }
      if (group && group->is_last(seen.number)) {
        const ExtractCounts& done = group->publish();
        counts_.frames += done.frames;
        counts_.faces += done.faces;
        counts_.frames_without_face += done.frames_without_face;
        counts_.followed += done.followed;
        group.reset();
      }
      if (seen.frame) seen.frame->picture = {};  // only the view is needed from here on
      history.push_back(std::move(seen));
      if (history.size() > kWarmUp) history.pop_front();
    }
  }
  return true;
}

}  // namespace understudy::stages
