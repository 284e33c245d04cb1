#pragma once

#include "understudy/compose/blend.h"

namespace understudy::compose {

/// The face under the soft edge of the matte.
Patch blend_feather(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte);

/// The face as it is, cut where the matte is one half.
Patch blend_raw(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte);

/// Multi-band blending (Burt & Adelson 1983): each band of frequencies has an edge as soft as its own waves
/// are long, so that light meets slowly and detail at once.
Patch blend_laplacian(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte);

/// The gradients of the face with the values of the plate at the matte's edge (Perez et al. 2003), see
/// membrane.h: the face takes on the plate's light and colour all around.
Patch blend_poisson(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte);

/// The face's detail in the plate's light: what is wider than 8 % of the face is the plate's (frequency
/// separation), under the soft edge of the matte.
Patch blend_overlay(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte);

/// A matte that is 1 but for a narrow ramp along the edge of `matte`: for pictures that meet the plate there
/// by themselves.
cv::Mat steep(const cv::Mat& matte);

}  // namespace understudy::compose
