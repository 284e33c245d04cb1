#pragma once

#include <opencv2/core/mat.hpp>

namespace understudy::compose {

/// The smoothest continuation of `values` into `inside`: there the result is harmonic (its Laplacian is 0),
/// elsewhere it is `values`. What seamless cloning adds to a face so that it meets the plate at the mask's
/// edge (Perez et al. 2003), with `values` the difference between plate and face. Where `inside` touches the
/// picture's border, that border is free: the result arrives there level. 0 where `inside` is everything.
///
/// `values`: CV_32FC3, any range, finite. `inside`: CV_8UC1, not 0 where it is to be filled. The error is
/// below 1/255 of the range of `values` at the edge. Throws Error kBug on other types or sizes.
///
/// Solved on a pyramid of grids (multigrid with local refinement, Brandt 1977): each grid has pixels near the
/// edge alone, since farther inside the next coarser one says as much. So the time goes by the length of the
/// edge, and by the pixels only where the result is written. The same input gives the same bits.
cv::Mat membrane(const cv::Mat& values, const cv::Mat& inside);

}  // namespace understudy::compose
