#include "understudy/stages/merge_bridge.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

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

}  // namespace

std::vector<BridgedFace> bridge_tracks(ConvertedSource& converted, int most) {
  std::map<std::string, std::vector<const SwapRecord*>> tracks;
  for (const auto& [frame, faces] : converted.faces)
    for (const SwapRecord& face : faces)
      if (!face.record.track.empty() && face.record.aligned_from_frame)
        tracks[face.record.track].push_back(&face);
  std::vector<BridgedFace> out;
  std::vector<SwapRecord> added;
  for (const auto& [track, faces] : tracks) {
    for (std::size_t i = 1; i < faces.size(); ++i) {
      const SwapRecord &from = *faces[i - 1], &to = *faces[i];
      const auto gap = gap_between(converted, from.record.frame, to.record.frame);
      if (gap.empty() || gap.size() > static_cast<std::size_t>(most) || !moves_slowly(from, to)) continue;
      for (const std::int64_t frame : gap) {
        added.push_back(bridge(from, to, frame));
        out.push_back({frame, track});
      }
    }
  }
  for (SwapRecord& face : added) converted.faces[face.record.frame].push_back(std::move(face));
  return out;
}

}  // namespace understudy::stages
