#pragma once

#include "understudy/compose/color.h"

/// What the rows of color_matches() do; see ColorMatch. Those that move colours one by one, wherever they lie
/// in the picture, share apply_linear() (moments.h) or apply_cube() (color_cube.h).
namespace understudy::compose {

/// The face as it is.
cv::Mat measure_none(const ColorSample& sample, const ColorSettings& settings);
cv::Mat apply_none(const cv::Mat& face, const cv::Mat& measured);

/// Mean and spread of each CIE Lab channel are those of the plate inside the mask (Reinhard et al. 2001,
/// "Color Transfer between Images"); the spread is scaled by sigma_plate / sigma_face, within
/// settings.max_spread.
cv::Mat measure_reinhard(const ColorSample& sample, const ColorSettings& settings);
cv::Mat apply_reinhard(const cv::Mat& face, const cv::Mat& measured);

/// The linear change of colours that moves them least while mean and covariance inside the mask become the
/// plate's: the Monge-Kantorovich map between two Gaussians (Pitie & Kokaram 2007, "The linear
/// Monge-Kantorovitch linear colour mapping"); no colour's spread changes by more than settings.max_spread.
cv::Mat measure_mkl(const ColorSample& sample, const ColorSettings& settings);

/// Mean, principal axes of the colours and spread along them become the plate's (Xiao & Ma 2006, "Color
/// transfer in correlated color space"), within settings.max_spread. Where two axes are about equally long,
/// they may be taken for each other; mkl knows no such trouble.
cv::Mat measure_covariance(const ColorSample& sample, const ColorSettings& settings);

/// Each Lab channel's histogram inside the mask becomes the plate's.
cv::Mat measure_histogram(const ColorSample& sample, const ColorSettings& settings);

/// The whole distribution of colours becomes the plate's, one histogram at a time along the axes of ten fixed
/// rotations (Pitie, Kokaram & Dahyot 2005, "N-dimensional probability density function transfer"). The
/// rotations are the same for every frame, so that the match does not flicker with them.
cv::Mat measure_idt(const ColorSample& sample, const ColorSettings& settings);

/// The same by the mean of the histograms' changes along many fixed directions (Rabin et al. 2011,
/// "Wasserstein barycenter and its application to texture mixing").
cv::Mat measure_sliced_ot(const ColorSample& sample, const ColorSettings& settings);

/// Lightness L by mean and spread, a and b by sliced optimal transport in their plane.
cv::Mat measure_mix(const ColorSample& sample, const ColorSettings& settings);

/// The illumination, a wide blur inside the mask, is the plate's, by a gain per channel within
/// settings.max_gain; all detail stays the face's own. The likeness brings its own light along, which neither
/// mean nor spread can undo.
cv::Mat measure_low_frequency(const ColorSample& sample, const ColorSettings& settings);
cv::Mat apply_low_frequency(const cv::Mat& face, const cv::Mat& measured);

}  // namespace understudy::compose
