#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "understudy/core/parallel.h"
#include "understudy/face/crop.h"
#include "understudy/stages/align_tracks.h"
#include "understudy/vision/motion.h"
#include "understudy/vision/warp.h"
#include "understudy/vision/workers.h"

namespace understudy::stages {
namespace {

constexpr int kPatchSide = 128;  // in which the eyes are about 50 pixels apart
constexpr double kLeastAgreement = 0.5;

/// In plate pixels.
std::optional<face::Affine> motion_to(const FoundFace& from, const FoundFace& to) {
  if (from.patch.empty() || to.patch.empty()) return std::nullopt;
  const face::Box all(0, 0, kPatchSide - 1, kPatchSide - 1);
  // Both patches are aligned by their landmarks: what moves is what these are unsure of.
  const auto motion = vision::motion_between(from.patch, to.patch, all, face::Affine::eye());
  if (!motion || motion->agreement < kLeastAgreement) return std::nullopt;
  return face::compose(face::inverse(to.patch_from_frame),
                       face::compose(motion->after_from_before, from.patch_from_frame));
}

}  // namespace

void add_patch(FoundFace& found, const cv::Mat& bgr8, const face::Affine& picture_from_frame) {
  static const face::CropFamily& family = face::crop_families().at("face");
  found.patch_from_frame = face::aligned_from_frame(found.point.landmarks, family, kPatchSide);
  const cv::Mat patch =
      vision::warp(bgr8, face::compose(found.patch_from_frame, face::inverse(picture_from_frame)),
                   {kPatchSide, kPatchSide});
  cv::cvtColor(patch, found.patch, cv::COLOR_BGR2GRAY);
}

Tracks tracks_in(const FacesByFrame& faces, const FoundFaces& found, std::int64_t first, std::int64_t last) {
  Tracks out;
  for (auto it = faces.lower_bound(first); it != faces.end() && it->first <= last; ++it) {
    for (const ExtractedFace& face : it->second) {
      const FaceKey key = key_of(face.record);
      if (!found.contains(key)) continue;
      std::vector<FaceKey>& track = out[face.record.track];
      // Two faces of one name in one frame cannot be told apart: the second stands for itself.
      if (!track.empty() && track.back().first == key.first)
        out[face.record.track + "+" + std::to_string(key.second)].push_back(key);
      else
        track.push_back(key);
    }
  }
  return out;
}

void find_motions(const Tracks& tracks, FoundFaces& found, int threads) {
  struct Pair {
    FoundFace *from, *to;
  };
  std::vector<Pair> todo;
  for (const auto& [name, keys] : tracks) {
    for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
      FoundFace& from = found.at(keys[i]);
      if (from.motion_looked_for || keys[i].first + 1 != keys[i + 1].first) continue;
      from.motion_looked_for = true;
      todo.push_back({&from, &found.at(keys[i + 1])});
    }
  }
  const vision::ThreadsPerCall one_thread(1);
  parallel_for(static_cast<std::int64_t>(todo.size()), threads, [&](std::int64_t i) {
    const Pair& pair = todo[static_cast<std::size_t>(i)];
    pair.from->point.next_from_this = motion_to(*pair.from, *pair.to);
  });
}

std::map<FaceKey, face::Landmarks> steady(const Tracks& tracks, const FoundFaces& found, std::int64_t first,
                                          std::int64_t last, double most_frames, ShakeByTrack& shake) {
  std::map<FaceKey, face::Landmarks> out;
  for (const auto& [name, keys] : tracks) {
    std::vector<face::TrackPoint> track;
    std::vector<face::Landmarks> before;
    for (const FaceKey& key : keys) {
      track.push_back(found.at(key).point);
      before.push_back(track.back().landmarks);
    }
    std::vector<face::Landmarks> after = before;
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i].first >= first - 1 && keys[i].first <= last + 1)
        after[i] = face::steadied(track, i, most_frames);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].first < first || keys[i].first > last) continue;
      out.emplace(keys[i], after[i]);
      const auto shook = face::shake_at(track, before, i), shakes = face::shake_at(track, after, i);
      if (!shook || !shakes) continue;
      Shake& sum = shake[name];
      ++sum.frames;
      sum.squares_before += *shook * *shook;
      sum.squares_after += *shakes * *shakes;
    }
  }
  return out;
}

}  // namespace understudy::stages
