#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "understudy/face/geometry.h"

namespace understudy::face {

/// Steadies maps that differ little, one a frame, without delay: a Gaussian over frames, applied to each
/// number, symmetric in time (zero phase). `sigma_frames` 0 changes nothing. Where frames are missing the
/// series is cut, and near a cut or an end the window becomes shorter on both sides alike, so that nothing
/// lags and steady motion is kept exactly. `frames` must ascend.
std::vector<Affine> smooth_track(std::span<const std::int64_t> frames, const std::vector<Affine>& maps,
                                 double sigma_frames);

}  // namespace understudy::face
