#pragma once

#include "understudy/compose/texture.h"

/// What the rows of texture_matches() do; see TextureMatch.
namespace understudy::compose {

/// The face is smeared along its own way through the frame, as the plate's shutter smeared the performer's.
/// How long the shutter was open is read from how much weaker the plate's slopes are along the way than
/// across it, beside the swapped face's.
cv::Mat measure_motion_blur(const TextureSample& sample);
cv::Mat apply_motion_blur(const cv::Mat& face, const cv::Mat& measured, const TexturePlace& place);
NamedNumbers describe_motion_blur(const cv::Mat& measured);

/// The fine bands of the face's spectrum are as strong beside the next coarser one as the plate's are, grain
/// left out. They are raised twofold at most: what is not there cannot be made louder.
cv::Mat measure_sharpness(const TextureSample& sample);
cv::Mat apply_sharpness(const cv::Mat& face, const cv::Mat& measured, const TexturePlace& place);
NamedNumbers describe_sharpness(const cv::Mat& measured);

/// Noise of the plate's level, size and mixture of channels is added as far as the face has none of its own.
/// Grain is what changes from frame to frame in smooth parts of the plate's face; pores and hair, which move
/// along with it, are not. A plate of one frame gives its spatial noise.
cv::Mat measure_grain(const TextureSample& sample);
cv::Mat apply_grain(const cv::Mat& face, const cv::Mat& measured, const TexturePlace& place);
NamedNumbers describe_grain(const cv::Mat& measured);

}  // namespace understudy::compose
