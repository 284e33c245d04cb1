#pragma once

#include <opencv2/core/mat.hpp>

namespace understudy::compose {

/// The plate with the face inside, so that both meet at the edge (seamless cloning, Perez et al. 2003): to
/// the face is added the smoothest continuation of what the plate differs from it there, a membrane, which is
/// harmonic inside (its Laplacian is 0). Where `inside` touches the picture's border, that border is free:
/// the membrane arrives there level. The face is as it was where `inside` is everything.
///
/// `face`, `plate`: CV_32FC3, any range, finite. `inside`: CV_8UC1, not 0 where the face is to stand. The
/// error is below 1/255 of the range of the differences at the edge. Throws Error kBug on other types or
/// sizes.
///
/// Solved on a pyramid of grids (multigrid with local refinement, Brandt 1977): each grid has pixels near the
/// edge alone, since farther inside the next coarser one says as much. So the time goes by the length of the
/// edge, and by the pixels only where the result is written. The same input gives the same bits.
cv::Mat seamless(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& inside);

}  // namespace understudy::compose
