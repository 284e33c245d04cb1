#include "understudy/stages/align_source.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/png.h"
#include "understudy/vision/warp.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

constexpr const char *kCorrections = "overrides", *kPeople = "people", *kEmbedder = "embedder";
const std::vector<float> kSure(face::kLandmarkCount, 1);  ///< confidence in landmarks that a person set

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
      dataset_(dataset),
      extract_folder_(dataset.stage_folder("extract", id_)),
      align_folder_(dataset.stage_folder("align", id_)),
      trash_(dataset.trash() / "align" / id_) {
  const auto step = run_.report.step("read records");
  read_shards();
  join_tracks(faces_);
  if (!frames_.empty()) read_corrections();
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

void SourceAlignment::read_corrections() {
  const std::vector<dataset::Override> all = dataset::read_overrides(dataset_, id_);
  if (all.empty()) return;
  std::vector<dataset::FaceRecord> records;  // removed faces too: their corrections are no mistake
  std::vector<dataset::BadLine> told_before;
  for (const dataset::Shard& shard : dataset::list_shards(extract_folder_))
    std::ranges::move(dataset::read_all_records(shard, told_before), std::back_inserter(records));
  std::vector<const dataset::FaceRecord*> views;
  for (const dataset::FaceRecord& record : records) views.push_back(&record);
  dataset::MatchedOverrides matched = dataset::match_overrides(all, views);
  corrections_ = std::move(matched.by_face);
  for (const dataset::Override& correction : matched.unmatched)
    run_.report.add_failure(dataset::override_name(correction), dataset::unmatched_sentence(correction));
  for (auto& [frame, faces] : faces_)
    std::erase_if(faces, [&](const ExtractedFace& face) {
      const auto found = corrections_.find(key_of(face.record));
      return found != corrections_.end() && found->second.skip;
    });
}

std::string SourceAlignment::corrections_digest(const std::vector<std::int64_t>& frames) const {
  const std::int64_t reach = reach_of(options_.smooth_frames);  // landmarks steady those of their neighbours
  std::string all;
  for (auto it = corrections_.lower_bound({frames.front() - reach, 0});
       it != corrections_.end() && it->first.first <= frames.back() + reach; ++it)
    all += text(it->first.second, " ", json_text(dataset::to_json(it->second)), "\n");
  return all.empty() ? all : sha256(all);
}

void SourceAlignment::set_people(const PeopleOfTracks& people, const PeopleRule& rule) {
  people_ = &people;
  rule_ = rule;
}

std::vector<TrackToKnow> SourceAlignment::tracks() const {
  std::vector<TrackToKnow> out;
  std::map<std::string, std::size_t> place;
  for (const auto& [frame, in_frame] : faces_)
    for (const ExtractedFace& face : in_frame) {
      const auto [found, is_new] = place.emplace(face.record.track, out.size());
      if (is_new) out.push_back({id_, face.record.track, extract_options_, {}});
      out[found->second].faces.push_back(&face);
    }
  return out;
}

std::vector<face::Identity> SourceAlignment::identities(const std::vector<const TrackToKnow*>& tracks,
                                                        AlignWorkers& workers) {
  std::vector<const ExtractedFace*> good;
  std::vector<std::size_t> track_of;
  for (std::size_t t = 0; t < tracks.size(); ++t)
    for (const ExtractedFace* face : good_faces(tracks[t]->faces)) {
      good.push_back(face);
      track_of.push_back(t);
    }
  find_missing_landmarks(good, workers);
  const auto step = run_.report.step("who is who");
  std::vector<face::Identity> of_face(good.size()), out(tracks.size());
  vision::share_out(workers.embedders, static_cast<std::int64_t>(good.size()),
                    [&](vision::Embedder& embedder, std::int64_t i) {
                      const ExtractedFace& face = *good[static_cast<std::size_t>(i)];
                      const auto found = found_.find(key_of(face.record));
                      if (found == found_.end() || run_.cancel.stop_requested()) return;
                      try {
                        of_face[static_cast<std::size_t>(i)] =
                            identity_of(embedder, read_context(face), face.record.crop_from_frame,
                                        found->second.landmarks);
                      } catch (const Error& e) {
                        if (!concerns_item(e)) throw;  // told of when the face itself is aligned
                      }
                    });
  for (std::size_t i = 0; i < good.size(); ++i) {
    face::Identity& sum = out[track_of[i]];
    sum.resize(std::max(sum.size(), of_face[i].size()));
    for (std::size_t k = 0; k < of_face[i].size(); ++k) sum[k] += of_face[i][k];
  }
  for (face::Identity& sum : out) sum = face::unit_length(std::move(sum));
  return out;
}

/// The frame, number and person of each face: a shard is made anew when one of them becomes another.
std::string SourceAlignment::people_digest(const std::vector<std::int64_t>& frames) const {
  std::string all;
  for (const ExtractedFace* face : faces_of(frames))
    all +=
        text(face->record.frame, " ", face->record.face, " ", people_->person(id_, face->record.track), "\n");
  return all.empty() ? all : sha256(all);
}

Json SourceAlignment::shard_options(const std::vector<std::int64_t>& frames) const {
  Json out = {
      {"landmarker", options_.landmarker},       {"crop", options_.crop},       {"size", options_.size},
      {"smooth_frames", options_.smooth_frames}, {"extract", extract_options_}, {kEmbedder, rule_.embedder}};
  if (const std::string people = people_digest(frames); !people.empty()) out[kPeople] = people;
  const std::string corrections = corrections_digest(frames);
  if (!corrections.empty()) out[kCorrections] = corrections;
  return out;
}

dataset::PendingWork SourceAlignment::pending() const {
  const auto wanted = options_.common.frames.apply(frames_);
  const auto corrected_since = [&](const dataset::ShardInfo& there, Json now) {
    Json before = there.options;
    for (const char* key : {kCorrections, kPeople}) {
      before.erase(key);
      now.erase(key);
    }
    if (!before.contains(kEmbedder)) now.erase(kEmbedder);  // by a program that knew no people
    return before == now && std::ranges::includes(wanted, there.frames);
  };
  const dataset::WorkRules rules{[&](const auto& frames) { return shard_options(frames); },
                                 [&](const dataset::ShardInfo& there, const Json& now) {
                                   return options_.common.replace || corrected_since(there, now);
                                 }};
  return dataset::pending_work(align_folder_, wanted, rules,
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

void SourceAlignment::find_missing_landmarks(const std::vector<const ExtractedFace*>& faces,
                                             AlignWorkers& workers) {
  const auto step = run_.report.step("landmarks");
  std::vector<const ExtractedFace*> todo;
  for (const ExtractedFace* face : faces)
    if (const auto given = corrections_.find(key_of(face->record));
        given != corrections_.end() && given->second.landmarks)
      found_.emplace(given->first, vision::LandmarkResult{*given->second.landmarks, kSure});
    else if (!found_.contains(key_of(face->record)) && !failed_.contains(key_of(face->record)))
      todo.push_back(face);
  std::vector<std::optional<vision::LandmarkResult>> results(todo.size());
  std::vector<std::string> why(todo.size());
  vision::share_out(workers.landmarkers, static_cast<std::int64_t>(todo.size()),
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

bool SourceAlignment::work(const std::vector<std::int64_t>& group, AlignWorkers& workers,
                           AlignCounts& counts) {
  const std::int64_t reach = reach_of(options_.smooth_frames);
  const std::int64_t first = group.front() - reach, last = group.back() + reach;
  found_.erase(found_.begin(), found_.lower_bound({first, 0}));
  std::vector<const ExtractedFace*> near;
  for (auto it = faces_.lower_bound(first); it != faces_.end() && it->first <= last; ++it)
    for (const ExtractedFace& face : it->second) near.push_back(&face);
  find_missing_landmarks(near, workers);
  return !run_.cancel.stop_requested() && write(group, workers, counts);
}

bool SourceAlignment::write(const std::vector<std::int64_t>& group, AlignWorkers& workers,
                            AlignCounts& counts) {
  dataset::ShardInfo info;
  info.stage = "align";
  info.source = id_;
  info.frames = group;
  info.options = shard_options(group);
  dataset::ShardWriter writer(align_folder_, std::move(info));

  std::map<FaceKey, face::Landmarks> landmarks;
  for (const auto& [key, result] : found_) landmarks.emplace(key, result.landmarks);
  const auto smooth = steady(faces_, landmarks, group.front(), group.back(), options_.smooth_frames);
  const auto step = run_.report.step("warp and write");
  const auto block = 4 * workers.embedders.size();
  for (std::size_t begin = 0; begin < group.size(); begin += block) {
    if (run_.cancel.stop_requested()) return false;
    const std::size_t end = std::min(begin + block, group.size());
    const auto faces = faces_of({group.begin() + begin, group.begin() + end});
    std::vector<Made> made(faces.size());
    vision::share_out(workers.embedders, static_cast<std::int64_t>(faces.size()),
                      [&](vision::Embedder& embedder, std::int64_t i) {
                        made[static_cast<std::size_t>(i)] =
                            make(*faces[static_cast<std::size_t>(i)], smooth, embedder);
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
                                            const std::map<FaceKey, face::Landmarks>& smooth,
                                            vision::Embedder& embedder) const {
  const FaceKey key = key_of(face.record);
  const auto failed = failed_.find(key);
  if (failed != failed_.end()) return {std::nullopt, failed->second};
  const auto given = corrections_.find(key);
  const bool by_hand = given != corrections_.end() && given->second.landmarks;
  try {
    const vision::LandmarkResult landmarks{by_hand ? *given->second.landmarks : smooth.at(key),
                                           found_.at(key).confidence};
    Made made{align_face(face, landmarks, face::crop_families().at(options_.crop), options_.size, embedder),
              {}};
    made.face->record.person = people_->person(id_, face.record.track);
    if (given != corrections_.end()) correct(*made.face, given->second);
    return made;
  } catch (const Error& e) {
    if (!concerns_item(e)) throw;
    return {std::nullopt, e.message()};
  }
}

void SourceAlignment::correct(AlignedFace& face, const dataset::Override& correction) const {
  if (!correction.identity.empty()) face.record.person = correction.identity;
  if (correction.mask.empty()) return;
  const std::filesystem::path path = dataset::override_mask_path(dataset_, correction);
  const cv::Mat mask = dataset::decode_png(read_file(path), path.string());
  if (mask.channels() != 1 || mask.depth() != CV_8U)
    throw Error(ErrorCode::kFormat, text(path.string(), " is no grey picture of 8 bits, as a mask is"));
  const face::Affine aligned_from_mask =
      face::compose(*face.record.aligned_from_frame, face::inverse(correction.mask_from_frame));
  face.mask = vision::warp(mask, aligned_from_mask, face.mask.size());
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
