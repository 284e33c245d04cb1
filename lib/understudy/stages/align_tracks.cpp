#include "understudy/stages/align_tracks.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace understudy::stages {
namespace {

constexpr double kSameFace = 0.3;  // overlap of boxes in neighbouring frames

/// The face of `candidates` that `record` overlaps most.
const ExtractedFace* best_overlap(const dataset::FaceRecord& record,
                                  const std::vector<ExtractedFace>& candidates) {
  const ExtractedFace* best = nullptr;
  double best_overlap = kSameFace;
  for (const ExtractedFace& candidate : candidates) {
    const double overlap = face::intersection_over_union(record.box, candidate.record.box);
    if (overlap < best_overlap) continue;
    best = &candidate;
    best_overlap = overlap;
  }
  return best;
}

}  // namespace

FaceKey key_of(const dataset::FaceRecord& record) {
  return {record.frame, record.face};
}

std::optional<std::int64_t> first_frame_of(const std::string& track) {
  std::int64_t frame = 0;
  const char* end = track.data() + track.size();
  const auto [stopped, error] = std::from_chars(track.data(), end, frame);
  if (error != std::errc() || stopped == end || *stopped != '_') return std::nullopt;
  return frame;
}

void join_tracks(FacesByFrame& faces) {
  std::map<std::string, std::string> joined;  // name in the present cell of the grid to name in all
  const std::vector<ExtractedFace>* before = nullptr;
  std::int64_t before_frame = 0;
  std::optional<std::int64_t> cell;
  for (auto& [frame, in_frame] : faces) {
    if (cell != dataset::grid_cell(frame)) joined.clear();
    cell = dataset::grid_cell(frame);
    const bool neighbours = before && before_frame == frame - 1;
    for (ExtractedFace& face : in_frame) {
      std::string& track = face.record.track;
      const auto known = joined.find(track);
      if (known != joined.end()) {
        track = known->second;
        continue;
      }
      const auto began = first_frame_of(track);
      const ExtractedFace* same =
          neighbours && began && *began < frame ? best_overlap(face.record, *before) : nullptr;
      const std::string name = same ? same->record.track : track;
      joined.emplace(track, name);
      track = name;
    }
    before = &in_frame;
    before_frame = frame;
  }
}

}  // namespace understudy::stages
