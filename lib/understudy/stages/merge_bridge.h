#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/stages/merge_input.h"

namespace understudy::stages {

/// A face that was put where its track had none.
struct BridgedFace {
  std::int64_t frame;
  std::string track;
};

/// Adds faces to the converted frames in which a track has none, where it has one before and after at most
/// `most` such frames: at the place between them, with the two pictures dissolved into each other. Not where
/// the face moves by more than a quarter of its width a frame, since that is no gap but a cut. Faces without
/// a track's name are left alone, and nothing comes back that somebody removed by hand from a stage of
/// `dataset`. In the order of tracks and frames.
std::vector<BridgedFace> bridge_tracks(ConvertedSource& converted, const dataset::Dataset& dataset,
                                       const std::string& source, int most);

}  // namespace understudy::stages
