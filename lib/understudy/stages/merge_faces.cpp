#include "understudy/stages/merge_faces.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/warp.h"

namespace understudy::stages {
namespace {

constexpr int kChromaMargin =
    4;  // the widest chroma sample covers 4 pixels: none is cut by the region's edge

face::Affine shifted(cv::Point by) {
  return {1, 0, static_cast<double>(by.x), 0, 1, static_cast<double>(by.y)};
}

/// The face in the plate's colours. Both are measured in aligned space, where no tilt of the head changes the
/// result, and small.
cv::Mat matched(const SwappedFace& face, const cv::Mat& plate, const face::Affine& aligned_from_region,
                const MergeLook& look) {
  constexpr int kMeasuredSide = 128;
  const double scale = std::min(1.0, static_cast<double>(kMeasuredSide) / face.picture.cols);
  const int side = static_cast<int>(std::lround(face.picture.cols * scale));
  const face::Affine small_from_aligned(scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2);
  const face::Affine small_from_region = face::compose(small_from_aligned, aligned_from_region);
  compose::ColorSample sample;
  cv::resize(face.picture, sample.face, {side, side}, 0, 0, cv::INTER_AREA);
  cv::resize(face.mask, sample.mask, {side, side}, 0, 0, cv::INTER_AREA);
  sample.plate = compose::warp(plate, small_from_region, {side, side}, compose::Resampling::kSmooth);
  // What lies beyond the frame's edge is not known and has no say.
  const cv::Mat known = compose::warp(cv::Mat::ones(plate.size(), CV_32FC1), small_from_region, {side, side},
                                      compose::Resampling::kSmooth);
  sample.mask.setTo(0, (sample.mask < 0.5) | (known < 0.99));
  return compose::match_color(look.color, face.picture, sample, look.color_settings);
}

/// matte := matte or more.
void unite(cv::Mat matte, const cv::Mat& more) {
  matte += more - matte.mul(more);
}

}  // namespace

void merge_face(media::Picture& plate, const SwappedFace& face, const MergeLook& look, cv::Mat& matte) {
  const cv::Size frame(plate.format().width, plate.format().height);
  const cv::Mat shaped = compose::shape_mask(face.mask, look.mask_shape);
  const face::Affine frame_from_aligned = face::inverse(face.aligned_from_frame);
  const cv::Rect region = compose::region_in_frame(compose::extent(cv::max(shaped, face.mask)),
                                                   frame_from_aligned, frame, kChromaMargin);
  if (region.empty()) return;
  const face::Affine region_from_aligned = face::compose(shifted(-region.tl()), frame_from_aligned);
  const cv::Mat below = plate.bgr(region);
  const cv::Mat colored = matched(face, below, face::inverse(region_from_aligned), look);
  const cv::Mat swapped =
      compose::warp(colored, region_from_aligned, region.size(), compose::Resampling::kSharp);
  cv::Mat in_region = compose::warp(shaped, region_from_aligned, region.size(), compose::Resampling::kSmooth);
  in_region.setTo(0, in_region < 1.0 / 255);
  const compose::Patch patch = look.blend(swapped, below, in_region);
  plate.blend_bgr(region, patch.color, patch.matte);
  if (!matte.empty()) unite(matte(region), patch.matte);
}

}  // namespace understudy::stages
