#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "understudy/dataset/shard.h"
#include "understudy/face/smooth.h"

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

/// Gives faces of one track one name. extract works on shards one by one, so a track has another name in
/// each: a face whose track had begun before its shard is the one of the frame before whose box it overlaps.
void join_tracks(FacesByFrame& faces);

/// The frame in which a track began, by its name; absent for a name of another form.
std::optional<std::int64_t> first_frame_of(const std::string& track);

/// The landmarks of the faces of [first, last], steadied along their tracks by what `found` has of them and
/// of up to reach_of(sigma_frames) frames on either side. Faces without landmarks in `found` have none in the
/// result.
std::map<FaceKey, face::Landmarks> steady(const FacesByFrame& faces,
                                          const std::map<FaceKey, face::Landmarks>& found, std::int64_t first,
                                          std::int64_t last, double sigma_frames);

/// How many frames away smoothing looks.
std::int64_t reach_of(double sigma_frames);

}  // namespace understudy::stages
