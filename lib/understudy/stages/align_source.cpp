#include "understudy/stages/align_source.h"

#include <algorithm>
#include <optional>
#include <set>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

/// True for what is wrong with one face rather than with the run.
bool concerns_item(const Error& e) {
  return e.code() == ErrorCode::kInput || e.code() == ErrorCode::kFormat;
}

}  // namespace

SourceAlignment::SourceAlignment(const AlignOptions& options, const dataset::Dataset& dataset, std::string id,
                                 Run& run)
    : options_(options),
      run_(run),
      id_(std::move(id)),
      extract_folder_(dataset.stage_folder("extract", id_)),
      align_folder_(dataset.stage_folder("align", id_)),
      trash_(dataset.trash() / "align" / id_) {
  const auto step = run_.report.step("read records");
  read_shards();
  join_tracks(faces_);
}

void SourceAlignment::read_shards() {
  std::set<std::int64_t> frames;
  std::set<std::string> options;
  for (const dataset::Shard& shard : dataset::list_shards(extract_folder_)) {
    frames.insert(shard.info.frames.begin(), shard.info.frames.end());
    options.insert(dataset::options_hash(shard.info.options));
    std::vector<dataset::BadLine> bad;
    for (dataset::FaceRecord& record : dataset::read_records(shard, bad)) {
      const auto image = shard.folder / record.image;
      faces_[record.frame].push_back({std::move(record), image});
    }
    for (const dataset::BadLine& line : bad) run_.report.add_failure(shard.folder.string(), line.why);
  }
  frames_.assign(frames.begin(), frames.end());
  extract_options_ = joined(std::vector<std::string>(options.begin(), options.end()));
}

Json SourceAlignment::shard_options() const {
  return {{"landmarker", options_.landmarker},
          {"crop", options_.crop},
          {"size", options_.size},
          {"smooth_frames", options_.smooth_frames},
          {"extract", extract_options_}};
}

dataset::PendingWork SourceAlignment::pending() const {
  const auto wanted = options_.common.frames.apply(frames_);
  return dataset::pending_work(align_folder_, wanted, shard_options(), options_.common.replace,
                               options_.common.dry_run ? std::filesystem::path() : trash_);
}

std::vector<const ExtractedFace*> SourceAlignment::faces_of(const std::vector<std::int64_t>& frames) const {
  std::vector<const ExtractedFace*> out;
  for (std::int64_t frame : frames) {
    const auto found = faces_.find(frame);
    if (found == faces_.end()) continue;
    for (const ExtractedFace& face : found->second) out.push_back(&face);
  }
  return out;
}

void SourceAlignment::find_missing_landmarks(std::int64_t first, std::int64_t last,
                                             std::vector<std::unique_ptr<vision::Landmarker>>& landmarkers) {
  const auto step = run_.report.step("landmarks");
  std::vector<const ExtractedFace*> todo;
  for (auto it = faces_.lower_bound(first); it != faces_.end() && it->first <= last; ++it)
    for (const ExtractedFace& face : it->second)
      if (!found_.contains(key_of(face.record)) && !failed_.contains(key_of(face.record)))
        todo.push_back(&face);
  std::vector<std::optional<vision::LandmarkResult>> results(todo.size());
  std::vector<std::string> why(todo.size());
  vision::share_out(landmarkers, static_cast<std::int64_t>(todo.size()),
                    [&](vision::Landmarker& landmarker, std::int64_t i) {
                      const auto at = static_cast<std::size_t>(i);
                      if (run_.cancel.stop_requested()) return;
                      try {
                        results[at] = find_landmarks(landmarker, *todo[at]);
                      } catch (const Error& e) {
                        if (!concerns_item(e)) throw;
                        why[at] = e.message();
                      }
                    });
  for (std::size_t i = 0; i < todo.size(); ++i) {
    if (results[i]) found_.emplace(key_of(todo[i]->record), std::move(*results[i]));
    if (!why[i].empty()) failed_.emplace(key_of(todo[i]->record), why[i]);
  }
}

bool SourceAlignment::work(const std::vector<std::int64_t>& group,
                           std::vector<std::unique_ptr<vision::Landmarker>>& landmarkers,
                           AlignCounts& counts) {
  const std::int64_t reach = reach_of(options_.smooth_frames);
  const std::int64_t first = group.front() - reach, last = group.back() + reach;
  found_.erase(found_.begin(), found_.lower_bound({first, 0}));
  find_missing_landmarks(first, last, landmarkers);
  return !run_.cancel.stop_requested() && write(group, static_cast<int>(landmarkers.size()), counts);
}

bool SourceAlignment::write(const std::vector<std::int64_t>& group, int threads, AlignCounts& counts) {
  dataset::ShardInfo info;
  info.stage = "align";
  info.source = id_;
  info.frames = group;
  info.options = shard_options();
  dataset::ShardWriter writer(align_folder_, std::move(info));

  std::map<FaceKey, face::Landmarks> landmarks;
  for (const auto& [key, result] : found_) landmarks.emplace(key, result.landmarks);
  const auto smooth = steady(faces_, landmarks, group.front(), group.back(), options_.smooth_frames);
  const auto step = run_.report.step("warp and write");
  const auto block = static_cast<std::size_t>(4 * threads);
  for (std::size_t begin = 0; begin < group.size(); begin += block) {
    if (run_.cancel.stop_requested()) return false;
    const std::size_t end = std::min(begin + block, group.size());
    const auto faces = faces_of({group.begin() + begin, group.begin() + end});
    std::vector<Made> made(faces.size());
    const vision::OneThreadPerCall one_thread;
    parallel_for(static_cast<std::int64_t>(faces.size()), threads, [&](std::int64_t i) {
      made[static_cast<std::size_t>(i)] = make(*faces[static_cast<std::size_t>(i)], smooth);
    });
    for (std::size_t i = 0; i < faces.size(); ++i) counts.faces += add(writer, *faces[i], std::move(made[i]));
    run_.progress.advance(static_cast<std::int64_t>(end - begin));
  }
  if (!writer.publish())
    log_warning(
        text(writer.final_folder().string(), " was written by another job meanwhile; its faces are kept"));
  counts.frames += static_cast<std::int64_t>(group.size());
  return true;
}

SourceAlignment::Made SourceAlignment::make(const ExtractedFace& face,
                                            const std::map<FaceKey, face::Landmarks>& smooth) const {
  const FaceKey key = key_of(face.record);
  const auto failed = failed_.find(key);
  if (failed != failed_.end()) return {std::nullopt, failed->second};
  try {
    return {align_face(face, smooth.at(key), found_.at(key).confidence,
                       face::crop_families().at(options_.crop), options_.size),
            {}};
  } catch (const Error& e) {
    if (!concerns_item(e)) throw;
    return {std::nullopt, e.message()};
  }
}

bool SourceAlignment::add(dataset::ShardWriter& writer, const ExtractedFace& face, Made made) const {
  if (made.face) {
    writer.add(std::move(made.face->record), made.face->picture, made.face->mask);
    return true;
  }
  writer.add_failure(face.record.frame, made.why);
  run_.report.add_failure(text(id_, " frame ", face.record.frame), made.why);
  return false;
}

}  // namespace understudy::stages
