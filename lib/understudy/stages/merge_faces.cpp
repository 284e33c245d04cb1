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

/// Where a face's mask lies in the frame.
struct Place {
  cv::Rect region;  ///< of the frame
  face::Affine region_from_aligned;
};

Place place_of(const SwappedFace& face, const cv::Mat& matte, const media::PictureFormat& frame) {
  const face::Affine frame_from_aligned = face::inverse(face.aligned_from_frame);
  const cv::Rect region = compose::region_in_frame(compose::extent(matte), frame_from_aligned,
                                                   {frame.width, frame.height}, kChromaMargin);
  return {region, face::compose(shifted(-region.tl()), frame_from_aligned)};
}

/// The mean of the colours, CV_32FC1 in [0, 1].
cv::Mat brightness(const media::Picture& picture, const cv::Rect& region) {
  cv::Mat out;
  cv::transform(picture.bgr(region), out, cv::Matx13f(1 / 3.0f, 1 / 3.0f, 1 / 3.0f));
  return cv::min(cv::max(out, 0), 1);
}

/// matte := matte or more.
void unite(cv::Mat matte, const cv::Mat& more) {
  matte += more - matte.mul(more);
}

}  // namespace

cv::Mat measure_face(const media::Picture& plate, const SwappedFace& face, const MergeLook& look) {
  // Both are measured in aligned space, where no tilt of the head changes the result, and small.
  constexpr int kMeasuredSide = 128;
  const Place place = place_of(face, face.mask, plate.format());
  if (place.region.empty()) return {};
  const cv::Mat below = look.space.bgr(plate, place.region);
  const double scale = std::min(1.0, static_cast<double>(kMeasuredSide) / face.picture.cols);
  const int side = static_cast<int>(std::lround(face.picture.cols * scale));
  const face::Affine small_from_aligned(scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2);
  const face::Affine small_from_region =
      face::compose(small_from_aligned, face::inverse(place.region_from_aligned));
  compose::ColorSample sample;
  cv::resize(face.picture, sample.face, {side, side}, 0, 0, cv::INTER_AREA);
  cv::resize(face.mask, sample.mask, {side, side}, 0, 0, cv::INTER_AREA);
  sample.plate = compose::warp(below, small_from_region, {side, side}, compose::Resampling::kSmooth);
  // What lies beyond the frame's edge is not known and has no say.
  const cv::Mat known = compose::warp(cv::Mat::ones(below.size(), CV_32FC1), small_from_region, {side, side},
                                      compose::Resampling::kSmooth);
  sample.mask.setTo(0, (sample.mask < 0.5) | (known < 0.99));
  return compose::measure_color(look.color, sample, look.color_settings);
}

void merge_face(media::Picture& plate, const SwappedFace& face, const cv::Mat& measured,
                const media::Picture& roto, const MergeLook& look, cv::Mat& matte) {
  const cv::Mat shaped = compose::shape_mask(face.mask, look.mask_shape);
  const auto [region, region_from_aligned] = place_of(face, shaped, plate.format());
  if (region.empty()) return;
  const cv::Mat below = look.space.bgr(plate, region);
  const cv::Mat colored = compose::apply_color(look.color, face.picture, measured);
  const cv::Mat swapped =
      compose::warp(colored, region_from_aligned, region.size(), compose::Resampling::kSharp);
  cv::Mat in_region = compose::warp(shaped, region_from_aligned, region.size(), compose::Resampling::kSmooth);
  if (!roto.empty()) in_region = in_region.mul(brightness(roto, region));
  in_region.setTo(0, in_region < 1.0 / 255);
  const compose::Patch patch = look.blend(swapped, below, in_region);
  look.space.blend_bgr(plate, region, patch.color, patch.matte);
  if (!matte.empty()) unite(matte(region), patch.matte);
}

}  // namespace understudy::stages
