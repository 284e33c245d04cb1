#include <array>

#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/samples.h"
#include "understudy/face/crop.h"
#include "understudy/face/mask.h"
#include "understudy/face/pose.h"
#include "understudy/vision/warp.h"

namespace understudy::bench {
namespace {

face::Affine crop_map(const Clip& clip, int side) {
  return face::aligned_from_frame(clip.landmarks, face::crop_families().at("whole"), side);
}

/// The part of the frame that the crop shows is read, the crop is written.
void warp(benchmark::State& state, const Clip& clip, int side) {
  const cv::Mat frame = clip.frames.front().picture.bgr8();
  const face::Affine map = crop_map(clip, side);
  const double written = 3.0 * side * side, scale = face::scale_of(map);
  const double read = written / (scale * scale);
  repeat(state, {"crops", 1, memory_seconds(read + written)}, [&] {
    return vision::warp(frame, map, {side, side});
  });
}

void mask(benchmark::State& state, int side) {
  const face::Landmarks landmarks =
      face::transform(crop_map(performer_clip(), side), performer_clip().landmarks);
  repeat(state, {"masks", 1, memory_seconds(static_cast<double>(side) * side)}, [&] {
    return face::hull_mask(landmarks, {side, side});
  });
}

/// At the least one step of a solver: the normal equations of six unknowns from two rows for each of 51
/// points.
void pose(benchmark::State& state) {
  const double flops = 2.0 * (2 * 51) * 6 * (6 + 1);
  repeat(state, {"poses", 1, product_seconds(flops, Number::kFp32, 1)}, [&] {
    const face::Pose found = face::estimate_pose(performer_clip().landmarks);
    return std::array{found.yaw_deg, found.pitch_deg, found.roll_deg};
  });
}

}  // namespace

void add_align() {
  add("warp/480p-to-256", {1}, [](auto& state, int) { warp(state, performer_clip(), 256); });
  add("warp/1080p-to-512", {1}, [](auto& state, int) { warp(state, hd_clip(), 512); });
  add("hull-mask/256", {1}, [](auto& state, int) { mask(state, 256); });
  add("pose", {1}, [](auto& state, int) { pose(state); });
}

}  // namespace understudy::bench
