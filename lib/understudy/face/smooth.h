#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "understudy/face/geometry.h"

namespace understudy::face {

/// One face of a track in time order.
struct TrackPoint {
  std::int64_t frame;
  Landmarks landmarks;
};

/// Steadies the landmarks of one track without delay: a Gaussian over frames, applied to each coordinate,
/// symmetric in time (zero phase). `sigma_frames` 0 changes nothing. Where frames are missing the series is
/// cut, and near a cut or an end the window becomes shorter on both sides alike, so that nothing lags.
/// `frames` must ascend. A local straight line is fitted under the Gaussian rather than a mean, so that
/// steady motion is kept exactly.
std::vector<Landmarks> smooth_track(const std::vector<TrackPoint>& track, double sigma_frames);
/// The same of maps that differ little, one a frame.
std::vector<Affine> smooth_track(std::span<const std::int64_t> frames, const std::vector<Affine>& maps,
                                 double sigma_frames);

}  // namespace understudy::face
