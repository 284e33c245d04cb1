#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

#include "understudy/compose/texture.h"
#include "understudy/face/geometry.h"
#include "understudy/media/picture.h"
#include "understudy/stages/merge_look.h"

namespace understudy::stages {

/// One swapped face in aligned space.
struct SwappedFace {
  cv::Mat picture;    ///< CV_32FC3, B, G, R, 0 to 1, square
  cv::Mat mask;       ///< CV_32FC1 in [0, 1], of the same size, not shaped yet
  cv::Mat predicted;  ///< the mask that the model predicted, as `mask`; empty: there is none, or nobody asks
  face::Affine aligned_from_frame;
  cv::Vec2d motion = {0, 0};                             ///< of its middle, in pixels of the frame a frame
  face::Affine before_from_frame = face::Affine::eye();  ///< where its pixels lay one frame earlier
  std::uint64_t seed = 0;                                ///< of what is random in it
};

/// A frame of the plate, and the one before.
struct PlateView {
  const media::Picture& now;
  const media::Picture& before;  ///< empty where it is not known
  bool still = false;            ///< there is no other frame
};

/// What the matches of a look measured on one face, so that it can be steadied over time.
struct FaceMeasure {
  std::string color_match;
  cv::Mat color;  ///< a row; empty where there was nothing to measure
  compose::TextureRows textures;
};

/// What the matches need to know of `face` and the plate below it, see compose::ColorMatch and
/// compose::TextureMatch.
FaceMeasure measure_face(const PlateView& plate, const SwappedFace& face, const MergeLook& look);

/// What a merged face looks like, for judging it: in aligned space, small.
struct FaceTrace {
  cv::Mat plate, result;       ///< luma, CV_32FC1; empty when nothing of the face lies in the frame
  cv::Mat inside;              ///< CV_8UC1, not 0 where the result is the face
  double pixel = 1;            ///< size of one of their pixels in the frame
  std::optional<double> seam;  ///< see compose::seam_step()
  cv::Rect changed;            ///< all that was changed, in pixels of the frame; empty: nothing
};

/// Puts `face`, changed by what was measured, into `plate`, touching the face's own region only,
/// and that only where `roto` (of the plate's size, or empty) is not black. `matte`, CV_32FC1 of the plate's
/// size or empty, takes the union of itself and this face's matte: where it stays 0, no sample was changed.
FaceTrace merge_face(media::Picture& plate, const SwappedFace& face, const FaceMeasure& measured,
                     const media::Picture& roto, const MergeLook& look, cv::Mat& matte);

}  // namespace understudy::stages
