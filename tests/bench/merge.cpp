#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/samples.h"
#include "understudy/compose/blend.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/warp.h"
#include "understudy/face/crop.h"

namespace understudy::bench {
namespace {

constexpr int kSide = 512;
constexpr double kPixels = static_cast<double>(kSide) * kSide;

/// The mask is read, the matte written.
void shape(benchmark::State& state) {
  const cv::Mat mask = as_float(aligned(performer_clip(), kSide).mask);
  repeat(state, {"mattes", 1, memory_seconds(kPixels * (4 + 4))},
         [&] { return compose::shape_mask(mask, {}); });
}

/// A swapped face of 256 pixels back onto the frame, about 512 pixels large there.
void warp_back(benchmark::State& state) {
  const cv::Mat face = as_float(aligned(hd_clip(), 256).picture);
  const face::Affine region_from_aligned(2, 0, 0.5, 0, 2, 0.5);
  const double read = 12.0 * 256 * 256, written = 12 * kPixels;
  repeat(state, {"faces", 1, memory_seconds(read + written)}, [&] {
    return compose::warp(face, region_from_aligned, {kSide, kSide}, compose::Resampling::kSharp);
  });
}

/// From the frame's own codes to its own codes: the region (4:2:0, 8 bits) is read as floats, blended,
/// written back.
void blend(benchmark::State& state, compose::BlendMode mode) {
  media::Picture frame = hd_clip().frames.front().picture.clone();
  const cv::Rect region(702, 284, kSide, kSide);
  const cv::Mat face = as_float(aligned(likeness_clip(), kSide).picture);
  const cv::Mat matte = compose::shape_mask(as_float(aligned(likeness_clip(), kSide).mask), {});
  const double region_bytes = 1.5, color_bytes = 12, matte_bytes = 4;
  const double bytes = kPixels * (2 * region_bytes + color_bytes + matte_bytes);
  repeat(state, {"faces", 1, memory_seconds(bytes)}, [&] {
    const compose::Patch patch = mode(face, frame.bgr(region), matte);
    frame.blend_bgr(region, patch.color, patch.matte);
    return frame.plane(0).data;
  });
}

}  // namespace

void add_merge() {
  add(text("mask-shaping/", kSide), {1}, [](auto& state, int) { shape(state); });
  add("warp-back/256-to-512", {1}, [](auto& state, int) { warp_back(state); });
  for (const auto& mode : compose::blend_modes())
    add(text("blend/", mode.name, "/", kSide), {1},
        [blend_ = mode.value](auto& state, int) { blend(state, blend_); });
}

}  // namespace understudy::bench
