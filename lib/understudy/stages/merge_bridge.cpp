#include "understudy/stages/merge_bridge.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "understudy/dataset/overrides.h"
#include "understudy/dataset/shard.h"

namespace understudy::stages {
namespace {

constexpr double kMostMove = 0.25;  ///< box widths a frame

face::Landmarks between(const face::Landmarks& a, const face::Landmarks& b, double share) {
  face::Landmarks out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] + static_cast<float>(share) * (b[i] - a[i]);
  return out;
}

SwapRecord bridge(const SwapRecord& from, const SwapRecord& to, std::int64_t frame) {
  const double share = static_cast<double>(frame - from.record.frame) /
                       static_cast<double>(to.record.frame - from.record.frame);
  SwapRecord out = from;
  out.record.frame = frame;
  const face::Affine &a = *from.record.aligned_from_frame, &b = *to.record.aligned_from_frame;
  out.record.aligned_from_frame = a + (b - a) * share;
  if (from.record.landmarks && to.record.landmarks)
    out.record.landmarks = between(*from.record.landmarks, *to.record.landmarks, share);
  out.dissolves_into = std::make_shared<const SwapRecord>(to);
  out.dissolved = share;
  return out;
}

/// The converted frames between two faces of a track.
std::vector<std::int64_t> gap_between(const ConvertedSource& converted, std::int64_t from, std::int64_t to) {
  return {converted.frames.upper_bound(from), converted.frames.lower_bound(to)};
}

bool moves_slowly(const SwapRecord& from, const SwapRecord& to) {
  const face::Box &a = from.record.box, &b = to.record.box;
  const double move = cv::norm((a.tl() + a.br()) / 2 - (b.tl() + b.br()) / 2);
  return move <= kMostMove * a.width * static_cast<double>(to.record.frame - from.record.frame);
}

std::vector<SwapRecord> possible_bridges(const ConvertedSource& converted, int most) {
  std::map<std::string, std::vector<const SwapRecord*>> tracks;
  for (const auto& [frame, faces] : converted.faces)
    for (const SwapRecord& face : faces)
      if (!face.record.track.empty() && face.record.aligned_from_frame)
        tracks[face.record.track].push_back(&face);
  std::vector<SwapRecord> out;
  for (const auto& [track, faces] : tracks) {
    for (std::size_t i = 1; i < faces.size(); ++i) {
      const SwapRecord &from = *faces[i - 1], &to = *faces[i];
      const auto gap = gap_between(converted, from.record.frame, to.record.frame);
      if (gap.empty() || gap.size() > static_cast<std::size_t>(most) || !moves_slowly(from, to)) continue;
      for (const std::int64_t frame : gap) out.push_back(bridge(from, to, frame));
    }
  }
  return out;
}

using FaceOfTrack = std::pair<std::int64_t, std::string>;  ///< frame and track

/// The faces whose pictures somebody deleted from a stage.
std::set<FaceOfTrack> removed_faces(const std::set<std::filesystem::path>& stage_folders) {
  std::set<FaceOfTrack> out;
  std::vector<dataset::BadLine> told_elsewhere;
  for (const std::filesystem::path& folder : stage_folders)
    for (const dataset::Shard& shard : dataset::list_shards(folder))
      for (const dataset::FaceRecord& record : dataset::read_all_records(shard, told_elsewhere))
        if (dataset::is_removed(shard, record)) out.emplace(record.frame, record.track);
  return out;
}

/// Whether a person wants the face skipped that was where this one would be.
bool is_skipped(const SwapRecord& bridge, const std::vector<dataset::Override>& corrections) {
  constexpr double kSameFace = 0.3;  // overlap of boxes
  return std::ranges::any_of(corrections, [&](const dataset::Override& correction) {
    const auto overlaps = [&](const face::Box& box) {
      return face::intersection_over_union(box, correction.box) >= kSameFace;
    };
    return correction.skip && correction.frame == bridge.record.frame &&
           (overlaps(bridge.record.box) || overlaps(bridge.dissolves_into->record.box));
  });
}

}  // namespace

std::vector<BridgedFace> bridge_tracks(ConvertedSource& converted, const dataset::Dataset& dataset,
                                       const std::string& source, int most) {
  std::vector<SwapRecord> bridges = possible_bridges(converted, most);
  if (bridges.empty()) return {};
  std::set<std::filesystem::path> stage_folders{dataset.stage_folder("extract", source),
                                                dataset.stage_folder("align", source)};
  for (const SwapRecord& face : bridges) stage_folders.insert(face.folder.parent_path());
  const std::set<FaceOfTrack> removed = removed_faces(stage_folders);
  std::vector<BridgedFace> out;
  const std::vector<dataset::Override> corrections = dataset::read_overrides(dataset, source);
  for (SwapRecord& face : bridges) {
    if (removed.contains({face.record.frame, face.record.track}) || is_skipped(face, corrections)) continue;
    out.push_back({face.record.frame, face.record.track});
    converted.faces[face.record.frame].push_back(std::move(face));
  }
  return out;
}

}  // namespace understudy::stages
