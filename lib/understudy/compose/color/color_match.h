#pragma once

#include "understudy/compose/color.h"

namespace understudy::compose {

/// The face as it is.
cv::Mat match_none(const cv::Mat& face, const ColorSample& sample, const ColorSettings& settings);

/// Mean and spread of each CIE Lab channel are those of the plate inside the mask (Reinhard et al. 2001,
/// "Color Transfer between Images"); the spread is scaled by sigma_plate / sigma_face, within
/// settings.max_spread.
cv::Mat match_reinhard(const cv::Mat& face, const ColorSample& sample, const ColorSettings& settings);

/// The linear change of colours that moves them least while mean and covariance inside the mask become the
/// plate's: the Monge-Kantorovich map between two Gaussians (Pitie & Kokaram 2007, "The linear
/// Monge-Kantorovitch linear colour mapping"); no colour's spread changes by more than settings.max_spread.
cv::Mat match_mkl(const cv::Mat& face, const ColorSample& sample, const ColorSettings& settings);

/// Mean, principal axes of the colours and spread along them become the plate's (Xiao & Ma 2006, "Color
/// transfer in correlated color space"), within settings.max_spread. Where two axes are about equally long,
/// they may be taken for each other; mkl knows no such trouble.
cv::Mat match_covariance(const cv::Mat& face, const ColorSample& sample, const ColorSettings& settings);

/// The illumination, a wide blur inside the mask, is the plate's, by a gain per channel within
/// settings.max_gain; all detail stays the face's own. The likeness brings its own light along, which neither
/// mean nor spread can undo.
cv::Mat match_low_frequency(const cv::Mat& face, const ColorSample& sample, const ColorSettings& settings);

}  // namespace understudy::compose
