#include "understudy/stages/extract_group.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "understudy/core/frames.h"
#include "understudy/core/log.h"
#include "understudy/stages/extract_crop.h"
#include "understudy/vision/follow.h"

namespace understudy::stages {
namespace {

constexpr std::ptrdiff_t kWarmUp = 12;  // frames that a tracker begins before its shard, at least
constexpr double kSameFace = 0.3;       // overlap

dataset::ShardInfo shard_info(const ExtractGroup::Context& context, const std::vector<std::int64_t>& frames) {
  dataset::ShardInfo out;
  out.stage = "extract";
  out.source = context.source_id;
  out.frames = frames;
  out.options = context.shard_options;
  return out;
}

cv::Mat gray_of(const cv::Mat& bgr8) {
  cv::Mat out;
  cv::cvtColor(bgr8, out, cv::COLOR_BGR2GRAY);
  return out;
}

bool is_among(const face::Box& box, const std::vector<vision::TrackedFace>& faces) {
  return std::ranges::any_of(faces, [&](const auto& other) {
    return face::intersection_over_union(box, other.detection.box) > kSameFace;
  });
}

}  // namespace

ShardPlan ShardPlan::of(std::vector<std::int64_t> own, const std::vector<std::int64_t>& selected,
                        const std::vector<std::int64_t>& all, int every) {
  const auto is_due = [&](std::int64_t frame) { return frame % every == 0; };
  const auto first = std::lower_bound(all.begin(), all.end(), selected.front());
  auto begin = first - std::min<std::ptrdiff_t>(kWarmUp, first - all.begin());
  while (begin != all.begin() && !is_due(*begin)) --begin;
  std::vector<std::int64_t> visited(begin, first);  // for all that is selected
  visited.insert(visited.end(), selected.begin(), selected.end());
  for (auto next = std::upper_bound(all.begin(), all.end(), selected.back());
       next != all.end() && *next == visited.back() + 1 && !is_due(visited.back()); ++next)
    visited.push_back(*next);

  ShardPlan out;
  for (std::size_t i = 0; i < visited.size(); ++i) {
    const std::int64_t frame = visited[i];
    const bool is_alone =
        i == 0 || visited[i - 1] != frame - 1 || i + 1 == visited.size() || visited[i + 1] != frame + 1;
    out.visited.push_back(frame);
    if (!is_due(frame) && !is_alone) continue;
    out.looks.push_back(frame);
    if (frame >= own.back()) break;
  }
  out.own = std::move(own);
  return out;
}

ExtractGroup::ExtractGroup(const Context& context, ShardPlan plan)
    : context_(context),
      plan_(std::move(plan)),
      tracker_(context.detector, {context.options.min_face_px, context.options.max_faces}),
      writer_(context.stage_folder, shard_info(context, plan_.own)) {}

bool ExtractGroup::visits(std::int64_t frame) const {
  return std::ranges::binary_search(plan_.visited, frame);
}

bool ExtractGroup::looks_at(std::int64_t frame) const {
  return std::ranges::binary_search(plan_.looks, frame);
}

void ExtractGroup::add(std::shared_ptr<const SeenFrame> seen) {
  const auto step = context_.run.report.step("track");
  last_seen_ = seen->number;
  if (!seen->frame) {
    pending_.push_back({std::move(seen), {}, false});
  } else {
    const bool looks = looks_at(seen->number);
    std::vector<vision::TrackedFace> faces = looks ? tracker_.next(seen->number, seen->bgr8, seen->detections)
                                                   : tracker_.between(seen->number, seen->bgr8);
    const bool began_shot = tracker_.began_shot();
    if (began_shot) look_before_cut();
    for (const vision::TrackedFace& face : faces)
      if (face.began) follow_back(face, seen->bgr8, began_shot);
    pending_.push_back({std::move(seen), std::move(faces), began_shot});
    if (looks) release();
  }
  if (last_seen_ == plan_.visited.back()) release();
}

/// Into the frames since the detector's last look, as far as the face was there.
void ExtractGroup::follow_back(vision::TrackedFace face, const cv::Mat& bgr8, bool began_shot) {
  if (began_shot) return;
  cv::Mat after = gray_of(bgr8);
  const cv::Mat likeness = vision::face_patch(after, face.detection.box);
  face.began = false;
  for (auto it = pending_.rbegin(); it != pending_.rend() && it->seen->frame; ++it) {
    const cv::Mat before = gray_of(it->seen->bgr8);
    const auto found = vision::follow(after, face.detection.box, before, likeness);
    if (!found || is_among(found->box, it->faces)) return;
    const int most = context_.options.max_faces;
    if (most > 0 && it->faces.size() >= static_cast<std::size_t>(most)) return;
    face.detection.box = found->box;
    face.detection.points.reset();
    it->faces.push_back(face);
    if (it->began_shot) return;
    after = before;
  }
}

/// A face that came after the detector's last look and was there until the cut is seen in the last frame
/// before it.
void ExtractGroup::look_before_cut() {
  if (pending_.empty() || !pending_.back().seen->frame || looks_at(pending_.back().seen->number)) return;
  const Pending last = pending_.back();
  pending_.pop_back();
  std::vector<vision::TrackedFace> faces = last.faces;
  for (const vision::Detection& found :
       context_.detector.detect(last.seen->bgr8, context_.detector.sure_score())) {
    const int most = context_.options.max_faces;
    if (is_among(found.box, faces) || (most > 0 && faces.size() >= static_cast<std::size_t>(most))) continue;
    const std::string track = frame_name(last.seen->number) + "_" + std::to_string(faces.size());
    faces.push_back({found, track, false, true});
    follow_back(faces.back(), last.seen->bgr8, last.began_shot);
  }
  pending_.push_back({last.seen, std::move(faces), last.began_shot});
}

void ExtractGroup::release() {
  for (const Pending& pending : pending_)
    if (std::ranges::binary_search(plan_.own, pending.seen->number)) release(pending);
  pending_.clear();
}

void ExtractGroup::release(const Pending& pending) {
  const SeenFrame& seen = *pending.seen;
  ++counts_.frames;
  context_.run.progress.advance();
  if (!seen.frame) {
    writer_.add_failure(seen.number, seen.why);
    context_.run.report.add_failure(text(context_.source_id, " frame ", seen.number), seen.why);
    return;
  }
  int number = 0;
  for (const vision::TrackedFace& face : pending.faces) {
    dataset::FaceRecord record;
    record.source = context_.source_id;
    record.frame = seen.number;
    record.face = number++;
    record.pts = seen.frame->pts;
    record.box = face.detection.box;
    record.score = face.detection.score;
    record.detector = context_.options.detector + (face.followed ? " followed" : "");
    record.track = face.track;
    waiting_.push_back({pending.seen, std::move(record)});
    counts_.followed += face.followed;
  }
  counts_.faces += number;
  counts_.frames_without_face += number == 0;
}

std::size_t ExtractGroup::begin_writing() {
  in_writing_ = std::exchange(waiting_, {});
  return in_writing_.size();
}

void ExtractGroup::cut_and_write(std::size_t i) {
  const auto step = context_.run.report.step("crop and write");
  FaceToWrite& face = in_writing_[i];
  const ContextCrop crop = cut_context({face.seen->frame->picture, face.seen->bgr8, context_.space},
                                       face.record.box, context_.options.crop_size);
  face.record.crop_from_frame = crop.crop_from_frame;
  face.record = writer_.write(std::move(face.record), crop.picture, {});
}

void ExtractGroup::keep_written() {
  for (FaceToWrite& face : in_writing_) writer_.add(std::move(face.record));
  in_writing_.clear();
}

void ExtractGroup::publish() {
  const auto step = context_.run.report.step("publish");
  if (!writer_.publish())
    log_warning(
        text(writer_.final_folder().string(), " was written by another job meanwhile; its faces are kept"));
}

}  // namespace understudy::stages
