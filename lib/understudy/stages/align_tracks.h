#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "understudy/dataset/shard.h"
#include "understudy/face/steady.h"

namespace understudy::stages {

/// A face that extract wrote.
struct ExtractedFace {
  dataset::FaceRecord record;
  std::filesystem::path image;
};

/// The faces of one source by frame, in the order of their face numbers.
using FacesByFrame = std::map<std::int64_t, std::vector<ExtractedFace>>;

/// Frame and face number.
using FaceKey = std::pair<std::int64_t, int>;
FaceKey key_of(const dataset::FaceRecord& record);

/// Gives faces of one track one name. extract begins anew in each cell of the grid of frames, so a track has
/// another name there: a face whose track had begun before is the one of the frame before whose box it
/// overlaps.
void join_tracks(FacesByFrame& faces);

/// The frame in which a track began, by its name; absent for a name of another form.
std::optional<std::int64_t> first_frame_of(const std::string& track);

/// What is known of a face before its landmarks are steadied.
struct FoundFace {
  face::TrackPoint point;  ///< the motion to the next frame is filled in by find_motions()
  cv::Mat patch;           ///< its middle, where the landmarks are: CV_8UC1; empty: not seen
  face::Affine patch_from_frame = face::Affine::eye();
  bool motion_looked_for = false;
};
using FoundFaces = std::map<FaceKey, FoundFace>;

/// A face's patch, from a CV_8UC3 picture of it.
void add_patch(FoundFace& found, const cv::Mat& bgr8, const face::Affine& picture_from_frame);

/// The faces of some frames by the names of their tracks, in time order.
using Tracks = std::map<std::string, std::vector<FaceKey>>;
/// Those of [first, last] that are in `found`.
Tracks tracks_in(const FacesByFrame& faces, const FoundFaces& found, std::int64_t first, std::int64_t last);

/// Registers the patches of each track's neighbours, those that were not looked at before.
void find_motions(const Tracks& tracks, FoundFaces& found, int threads);

/// How much the landmarks of a track shake, see face::shake_at().
struct Shake {
  std::int64_t frames = 0;
  double squares_before = 0, squares_after = 0;  ///< sums
};
using ShakeByTrack = std::map<std::string, Shake>;

/// The landmarks of the faces of [first, last], steadied along their tracks by what `found` has of them and
/// of up to face::reach_of(most_frames) frames on either side; adds to `shake`. Faces that are not in `found`
/// have none in the result.
std::map<FaceKey, face::Landmarks> steady(const Tracks& tracks, const FoundFaces& found, std::int64_t first,
                                          std::int64_t last, double most_frames, ShakeByTrack& shake);

}  // namespace understudy::stages
