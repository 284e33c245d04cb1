#include "understudy/stages/align_source.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>

#include "understudy/core/item_error.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/png.h"
#include "understudy/vision/warp.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

constexpr const char *kCorrections = "overrides", *kPeople = "people", *kEmbedder = "embedder",
                     *kMask = "mask";
const std::vector<float> kSure(face::kLandmarkCount, 1);  ///< confidence in landmarks that a person set

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
  dataset::list_shards(align_folder_);  // what cannot be read is told of before anything is done
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
  for (auto& [face, correction] : matched.by_face) {
    correction.track_identity.clear();  // readers see to it, nothing is aligned anew for it
    if (correction.says_something()) corrections_.emplace(face, std::move(correction));
  }
  for (const dataset::Override& correction : matched.unmatched)
    run_.report.add_failure(dataset::override_name(correction), dataset::unmatched_sentence(correction));
  for (auto& [frame, faces] : faces_)
    std::erase_if(faces, [&](const ExtractedFace& face) {
      const auto found = corrections_.find(key_of(face.record));
      return found != corrections_.end() && found->second.skip;
    });
}

std::string SourceAlignment::corrections_digest(const std::vector<std::int64_t>& frames) const {
  const std::int64_t reach = face::reach_of(options_.smooth_frames);
  const auto has_a_say = [&](std::int64_t frame, const dataset::Override& correction) {
    const bool inside = frame >= frames.front() && frame <= frames.back();
    return inside || correction.landmarks || correction.skip;  // landmarks steady those of their neighbours
  };
  std::string all;
  for (auto it = corrections_.lower_bound({frames.front() - reach, 0});
       it != corrections_.end() && it->first.first <= frames.back() + reach; ++it)
    if (has_a_say(it->first.first, it->second))
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
  vision::share_out(
      workers.lookers, static_cast<std::int64_t>(good.size()), [&](const FaceLooker& looker, std::int64_t i) {
        const ExtractedFace& face = *good[static_cast<std::size_t>(i)];
        const auto found = found_.find(key_of(face.record));
        if (found == found_.end() || run_.cancel.stop_requested()) return;
        try {
          of_face[static_cast<std::size_t>(i)] = identity_of(
              *looker.embedder, context_of(face), face.record.crop_from_frame, found->second.point.landmarks);
        } catch (const Error& e) {
          if (!concerns_item(e)) throw;  // told of when the face itself is aligned
        }
      });
  contexts_.clear();  // those of the frames that are worked on come first
  for (std::size_t i = 0; i < good.size(); ++i) face::add(of_face[i], out[track_of[i]]);
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
      {"steady_frames", options_.smooth_frames}, {"extract", extract_options_}, {kEmbedder, rule_.embedder}};
  // Shards of programs that knew no other mask say nothing of it.
  if (options_.mask != AlignOptions().mask) out[kMask] = options_.mask;
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
      found_.emplace(given->first, FoundFace{{face->record.frame, *given->second.landmarks, kSure, {}}, {}});
    else if (!found_.contains(key_of(face->record)) && !failed_.contains(key_of(face->record)))
      todo.push_back(face);
  std::vector<std::optional<FoundFace>> results(todo.size());
  std::vector<cv::Mat> contexts(todo.size());
  std::vector<std::string> why(todo.size());
  vision::share_out(workers.landmarkers, static_cast<std::int64_t>(todo.size()),
                    [&](vision::Landmarker& landmarker, std::int64_t i) {
                      const auto at = static_cast<std::size_t>(i);
                      if (run_.cancel.stop_requested()) return;
                      try {
                        contexts[at] = read_context(*todo[at]);
                        results[at] = find_landmarks(landmarker, *todo[at], contexts[at]);
                      } catch (const Error& e) {
                        if (!concerns_item(e)) throw;
                        why[at] = e.message();
                      }
                    });
  for (std::size_t i = 0; i < todo.size(); ++i) {
    const FaceKey key = key_of(todo[i]->record);
    if (results[i]) found_.emplace(key, std::move(*results[i]));
    if (!why[i].empty())
      failed_.emplace(key, why[i]);
    else
      keep_context(key, contexts[i]);
  }
}

void SourceAlignment::keep_context(const FaceKey& key, const cv::Mat& context) {
  // Those that do not fit are read again.
  constexpr std::size_t kMostBytes = std::size_t{128} << 20;
  std::size_t bytes = context.total() * context.elemSize();
  for (const auto& [kept, picture] : contexts_) bytes += picture.total() * picture.elemSize();
  if (bytes <= kMostBytes) contexts_.emplace(key, context);
}

cv::Mat SourceAlignment::context_of(const ExtractedFace& face) const {
  const auto kept = contexts_.find(key_of(face.record));
  return kept == contexts_.end() ? read_context(face) : kept->second;
}

void SourceAlignment::forget_before(std::int64_t frame) {
  const std::int64_t reach = face::reach_of(options_.smooth_frames);
  found_.erase(found_.begin(), found_.lower_bound({frame - reach, 0}));
  contexts_.erase(contexts_.begin(), contexts_.lower_bound({frame, 0}));
}

std::vector<const ExtractedFace*> SourceAlignment::faces_between(std::int64_t first,
                                                                 std::int64_t last) const {
  std::vector<const ExtractedFace*> out;
  for (auto it = faces_.lower_bound(first); it != faces_.end() && it->first <= last; ++it)
    for (const ExtractedFace& face : it->second) out.push_back(&face);
  return out;
}

bool SourceAlignment::work(const std::vector<std::int64_t>& group, AlignWorkers& workers,
                           AlignCounts& counts) {
  dataset::ShardInfo info;
  info.stage = "align";
  info.source = id_;
  info.frames = group;
  info.options = shard_options(group);
  dataset::ShardWriter writer(align_folder_, std::move(info));

  const std::int64_t reach = face::reach_of(options_.smooth_frames);
  const auto block = 4 * workers.lookers.size();
  for (std::size_t begin = 0; begin < group.size(); begin += block) {
    const std::size_t end = std::min(begin + block, group.size());
    const std::vector<std::int64_t> frames(group.begin() + static_cast<std::ptrdiff_t>(begin),
                                           group.begin() + static_cast<std::ptrdiff_t>(end));
    forget_before(frames.front());
    find_missing_landmarks(faces_between(frames.front() - reach, frames.back() + reach), workers);
    if (run_.cancel.stop_requested()) return false;
    write(writer, frames, workers, counts);
    run_.progress.advance(static_cast<std::int64_t>(end - begin));
  }
  if (!writer.publish())
    log_warning(
        text(writer.final_folder().string(), " was written by another job meanwhile; its faces are kept"));
  counts.frames += static_cast<std::int64_t>(group.size());
  return true;
}

void SourceAlignment::write(dataset::ShardWriter& writer, const std::vector<std::int64_t>& frames,
                            AlignWorkers& workers, AlignCounts& counts) {
  std::map<FaceKey, face::Landmarks> smooth;
  {
    const auto step = run_.report.step("steady");
    const std::int64_t reach = face::reach_of(options_.smooth_frames);
    const Tracks tracks = tracks_in(faces_, found_, frames.front() - reach, frames.back() + reach);
    find_motions(tracks, found_, static_cast<int>(workers.lookers.size()));
    smooth = steady(tracks, found_, frames.front(), frames.back(), options_.smooth_frames, shake_);
  }
  const auto step = run_.report.step("warp and write");
  const auto faces = faces_of(frames);
  std::vector<Made> made(faces.size());
  vision::share_out(workers.lookers, static_cast<std::int64_t>(faces.size()),
                    [&](FaceLooker& looker, std::int64_t i) {
                      const auto at = static_cast<std::size_t>(i);
                      made[at] = make(writer, *faces[at], smooth, looker);
                    });
  for (std::size_t i = 0; i < faces.size(); ++i) counts.faces += add(writer, *faces[i], std::move(made[i]));
}

SourceAlignment::Made SourceAlignment::make(const dataset::ShardWriter& writer, const ExtractedFace& face,
                                            const std::map<FaceKey, face::Landmarks>& smooth,
                                            FaceLooker& looker) const {
  const FaceKey key = key_of(face.record);
  const auto failed = failed_.find(key);
  if (failed != failed_.end()) return {std::nullopt, failed->second};
  const auto given = corrections_.find(key);
  const bool by_hand = given != corrections_.end() && given->second.landmarks;
  try {
    const vision::LandmarkResult landmarks{by_hand ? *given->second.landmarks : smooth.at(key),
                                           found_.at(key).point.confidence};
    AlignedFace aligned = align_face(face, context_of(face), landmarks,
                                     face::crop_families().at(options_.crop), options_.size, looker);
    aligned.record.person = people_->person(id_, face.record.track);
    if (given != corrections_.end()) correct(aligned, given->second);
    return {writer.write(std::move(aligned.record), aligned.picture, aligned.mask), {}};
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
  if (made.record) {
    writer.add(std::move(*made.record));
    return true;
  }
  writer.add_failure(face.record.frame, made.why);
  run_.report.add_failure(text(id_, " frame ", face.record.frame), made.why);
  return false;
}

Json SourceAlignment::steadiness() const {
  Json out = Json::array();
  const auto shake = [](double squares, std::int64_t frames) {
    return std::round(1e4 * std::sqrt(squares / static_cast<double>(frames))) / 1e4;
  };
  for (const auto& [track, sum] : shake_)
    out.push_back({{"source", id_},
                   {"track", track},
                   {"frames", sum.frames},
                   {"shake_before", shake(sum.squares_before, sum.frames)},
                   {"shake_after", shake(sum.squares_after, sum.frames)}});
  return out;
}

}  // namespace understudy::stages
