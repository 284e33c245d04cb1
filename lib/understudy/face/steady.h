#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "understudy/face/geometry.h"

namespace understudy::face {

/// One face of a track in time order.
struct TrackPoint {
  std::int64_t frame = 0;
  Landmarks landmarks{};
  std::vector<float> confidence = {};  ///< 68 numbers 0 to 1; empty: all 1
  /// How what the face shows moved to the next frame, in plate pixels. Absent where it is not known: then the
  /// landmarks of both say it.
  std::optional<Affine> next_from_this = {};
};

/// The landmarks of the frame `at` of a track, steadied without delay. The landmarks of the frames around are
/// carried to each frame by the motion of what the face shows, so that a moving head is as steady as one that
/// is still, and a line is fitted to them under a Gaussian: so they keep their place, and the motion says
/// only how they come from frame to frame. How wide the Gaussian is follows from what is left: wide where
/// that is noise, narrow where the face moves in itself, as a lid does that closes, by the width that errs
/// least (bias against noise), and at most `most_frames` (sigma). Landmarks of small confidence count less.
/// `most_frames` 0 changes nothing. Where frames are missing the series is cut. `frame` must ascend; the
/// result depends on frames up to reach_of(most_frames) away.
Landmarks steadied(const std::vector<TrackPoint>& track, std::size_t at, double most_frames);

/// How many frames away steadying looks.
std::int64_t reach_of(double most_frames);

/// By how much the inner landmarks (17-67) of a frame shake against the picture: the root mean square of
/// their distance from halfway between those of the frames before and after, carried to this one by the
/// motion, times 2 (the second difference), over the eye distance. Absent where the frame has no neighbours.
/// `track` says the motion, `landmarks` are the ones to measure, one for each of its points.
std::optional<double> shake_at(const std::vector<TrackPoint>& track, const std::vector<Landmarks>& landmarks,
                               std::size_t at);

}  // namespace understudy::face
