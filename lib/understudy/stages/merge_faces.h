#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/mask.h"
#include "understudy/face/geometry.h"
#include "understudy/media/display_space.h"
#include "understudy/media/picture.h"

namespace understudy::stages {

/// One swapped face in aligned space.
struct SwappedFace {
  cv::Mat picture;  ///< CV_32FC3, B, G, R, 0 to 1, square
  cv::Mat mask;     ///< CV_32FC1 in [0, 1], of the same size, not shaped yet
  face::Affine aligned_from_frame;
};

/// How faces are put into the plate.
struct MergeLook {
  compose::ColorMatch color;
  compose::ColorSettings color_settings;
  compose::MaskShape mask_shape;
  compose::BlendMode blend;
  media::DisplaySpace space = {};  ///< of the plate: colours are matched and blended as models see them
};

/// What the colour match needs to know of `face` and the plate below it, see compose::ColorMatch. Empty when
/// nothing of the face lies in the frame.
cv::Mat measure_face(const media::Picture& plate, const SwappedFace& face, const MergeLook& look);

/// Puts `face`, its colours changed by what was measured, into `plate`, touching the face's own region only,
/// and that only where `roto` (of the plate's size, or empty) is not black. `matte`, CV_32FC1 of the plate's
/// size or empty, takes the union of itself and this face's matte: where it stays 0, no sample was changed.
void merge_face(media::Picture& plate, const SwappedFace& face, const cv::Mat& measured,
                const media::Picture& roto, const MergeLook& look, cv::Mat& matte);

}  // namespace understudy::stages
