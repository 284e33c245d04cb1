#include "understudy/stages/merge_faces.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/steadiness.h"
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

/// A small picture of aligned space.
struct SmallView {
  cv::Size size;
  face::Affine small_from_region;
  double scale;  ///< of aligned space
};

SmallView small_view(const cv::Mat& aligned, const Place& place, int side) {
  const double scale = std::min(1.0, static_cast<double>(side) / aligned.cols);
  const int small = static_cast<int>(std::lround(aligned.cols * scale));
  const face::Affine small_from_aligned(scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2);
  return {{small, small}, face::compose(small_from_aligned, face::inverse(place.region_from_aligned)), scale};
}

/// What lies beyond the frame's edge is not known and has no say.
cv::Mat known_part(cv::Size region, const face::Affine& small_from_region, cv::Size size) {
  const int factor = compose::whole_factor(face::scale_of(small_from_region));
  return compose::warp(cv::Mat::ones(region / factor, CV_32FC1),
                       face::compose(small_from_region, compose::from_smaller(factor, factor)), size,
                       compose::Resampling::kSmooth);
}

/// Both are measured in aligned space, where no tilt of the head changes the result, and small.
cv::Mat measure_colors(const cv::Mat& below, const Place& place, const SwappedFace& face,
                       const MergeLook& look) {
  constexpr int kMeasuredSide = 128;
  const auto [size, small_from_region, scale] = small_view(face.picture, place, kMeasuredSide);
  compose::ColorSample sample;
  cv::resize(face.picture, sample.face, size, 0, 0, cv::INTER_AREA);
  cv::resize(face.mask, sample.mask, size, 0, 0, cv::INTER_AREA);
  sample.plate = compose::warp(below, small_from_region, size, compose::Resampling::kSmooth);
  sample.mask.setTo(0, (sample.mask < 0.5) | (known_part(below.size(), small_from_region, size) < 0.99));
  return compose::measure_color(compose::color_matches().at(look.color), sample, look.color_settings);
}

/// The same place of the frame before, moved along with the face as far as the frame goes.
cv::Rect region_before(const cv::Rect& region, const cv::Vec2d& motion, const media::PictureFormat& frame) {
  const cv::Point most(frame.width - region.width, frame.height - region.height);
  return {std::clamp(region.x - cvRound(motion[0]), 0, most.x),
          std::clamp(region.y - cvRound(motion[1]), 0, most.y), region.width, region.height};
}

/// The middle of a large region: what it shows says as much as the whole.
Place middle_of(const Place& place) {
  constexpr int kMost = 384;
  const cv::Size size(std::min(place.region.width, kMost), std::min(place.region.height, kMost));
  const cv::Point from((place.region.width - size.width) / 2, (place.region.height - size.height) / 2);
  return {{place.region.tl() + from, size}, face::compose(shifted(-from), place.region_from_aligned)};
}

compose::TextureRows measure_face_textures(const cv::Mat& below, const Place& place, const SwappedFace& face,
                                           const PlateView& plate, const MergeLook& look) {
  compose::TextureSample sample;
  sample.plate = below;
  sample.face =
      compose::warp(face.picture, place.region_from_aligned, below.size(), compose::Resampling::kSharp);
  sample.mask =
      compose::warp(face.mask, place.region_from_aligned, below.size(), compose::Resampling::kSmooth);
  sample.motion = face.motion;
  sample.still = plate.still;
  if (!plate.before.empty()) {
    const cv::Rect before = region_before(place.region, face.motion, plate.before.format());
    sample.before = look.space.bgr(plate.before, before);
    sample.before_from_plate = face::compose(
        shifted(-before.tl()), face::compose(face.before_from_frame, shifted(place.region.tl())));
  }
  return compose::measure_textures(look.textures, sample);
}

/// What the patch makes of the plate.
cv::Mat composed(const compose::Patch& patch, const cv::Mat& plate) {
  cv::Mat out(plate.size(), CV_32FC3);
  for (int y = 0; y < out.rows; ++y) {
    const auto *from = patch.color.ptr<cv::Vec3f>(y), *below = plate.ptr<cv::Vec3f>(y);
    const auto* matte = patch.matte.ptr<float>(y);
    auto* to = out.ptr<cv::Vec3f>(y);
    for (int x = 0; x < out.cols; ++x) to[x] = below[x] + matte[x] * (from[x] - below[x]);
  }
  return out;
}

FaceTrace trace_of(const SwappedFace& face, const Place& place, const compose::Patch& patch,
                   const cv::Mat& plate) {
  constexpr int kTraceSide = 96;
  const SmallView view = small_view(face.picture, place, kTraceSide);
  const int factor = compose::whole_factor(face::scale_of(view.small_from_region));
  const compose::Patch small{compose::shrunk(patch.color, factor), compose::shrunk(patch.matte, factor)};
  const cv::Mat small_plate = compose::shrunk(plate, factor);
  const face::Affine view_from_small =
      face::compose(view.small_from_region, compose::from_smaller(factor, factor));
  const auto seen = [&](const cv::Mat& picture) {
    return compose::warp(picture, view_from_small, view.size, compose::Resampling::kSmooth);
  };
  const auto luma = [&](const cv::Mat& picture) {
    cv::Mat out;
    cv::transform(seen(picture), out, cv::Matx13f(0.114F, 0.587F, 0.299F));
    return out;
  };
  FaceTrace out{luma(small_plate), luma(composed(small, small_plate)), seen(small.matte) > 0.5, 1, {}, {}};
  out.pixel = 1 / face::scale_of(view.small_from_region);
  out.seam = compose::seam_step(small, small_plate,
                                std::sqrt(static_cast<double>(cv::countNonZero(small.matte > 0.5))));
  out.changed = cv::boundingRect(patch.matte > 0);
  if (!out.changed.empty()) out.changed += place.region.tl();
  return out;
}

}  // namespace

FaceMeasure measure_face(const PlateView& plate, const SwappedFace& face, const MergeLook& look) {
  FaceMeasure out{look.color, {}, {}};
  const Place place = place_of(face, face.mask, plate.now.format());
  if (place.region.empty()) return out;
  const cv::Mat below = look.space.bgr(plate.now, place.region);
  out.color = measure_colors(below, place, face, look);
  if (look.textures.empty()) return out;
  const Place middle = middle_of(place);
  const cv::Mat below_middle = below(middle.region - place.region.tl());
  out.textures = measure_face_textures(below_middle.clone(), middle, face, plate, look);
  return out;
}

FaceTrace merge_face(media::Picture& plate, const SwappedFace& face, const FaceMeasure& measured,
                     const media::Picture& roto, const MergeLook& look, cv::Mat& matte) {
  const cv::Mat shaped = compose::shape_mask(face.mask, look.mask_shape);
  const Place place = place_of(face, shaped, plate.format());
  const auto& [region, region_from_aligned] = place;
  if (region.empty()) return {};
  const cv::Mat below = look.space.bgr(plate, region);
  const cv::Mat colored =
      compose::apply_color(compose::color_matches().at(look.color), face.picture, measured.color);
  const cv::Mat swapped = compose::apply_textures(
      measured.textures,
      compose::warp(colored, region_from_aligned, region.size(), compose::Resampling::kSharp),
      {face.motion, face.seed});
  cv::Mat in_region = compose::warp(shaped, region_from_aligned, region.size(), compose::Resampling::kSmooth);
  if (!roto.empty()) in_region = in_region.mul(brightness(roto, region));
  in_region.setTo(0, in_region < 1.0 / 255);
  const compose::Patch patch = compose::blend_modes().at(look.blend)(swapped, below, in_region);
  look.space.blend_bgr(plate, region, patch.color, patch.matte);
  if (!matte.empty()) unite(matte(region), patch.matte);
  return trace_of(face, place, patch, below);
}

}  // namespace understudy::stages
