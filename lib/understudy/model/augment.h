#pragma once

#include <ATen/core/Generator.h>
#include <torch/types.h>

#include <cstdint>

#include "understudy/model/presets.h"

namespace understudy::model {

/// Sides at which faces are kept for training: a little more than the network's own, since the affine part
/// magnifies.
struct StoreSizes {
  std::int64_t target_px;  ///< of the whole crop, for the pictures that the network shall give
  std::int64_t input_px;   ///< of the whole crop, for the pictures that it sees
};
StoreSizes store_sizes(const NetworkConfig& config);

/// N faces as they are kept: uint8, whole crops.
struct FaceBatch {
  torch::Tensor targets_nchw;  ///< N x 3 x target_px x target_px, BGR
  torch::Tensor masks_nchw;    ///< N x 1 x target_px x target_px
  torch::Tensor inputs_nchw;   ///< N x 3 x input_px x input_px
  torch::Tensor landmarks;     ///< float32, N x 68 x 2, (x, y) in 0..1 of the crop; or undefined
  torch::Tensor pose;          ///< float32, N x 2: yaw, pitch in degrees
};

/// What pose_match.h knows about each face of a batch; either may be undefined.
struct MatchFields {
  torch::Tensor
      shape_n2gg;  ///< float32, N x 2 x G x G over the network's window: where to look instead, in its sides
  torch::Tensor light_n3gg;  ///< float32, N x 3 x G x G over the whole crop: log gain
};

/// What a step trains on: float32, 0..1.
struct TrainingBatch {
  torch::Tensor inputs_nchw;   ///< warped, input_px
  torch::Tensor targets_nchw;  ///< not warped, output_px
  torch::Tensor masks_nchw;    ///< one channel, output_px
};

/// Input, target and mask share rotation, scale, shift, flip and light; the input alone is warped (by a 5x5
/// grid of normal draws, interpolated, times `warp_strength`) and bent towards the other person's shape. All
/// draws come from `random`, a generator of the CPU, in a fixed order; the rest runs on the batch's device.
TrainingBatch augment(const FaceBatch& faces, const MatchFields& match, const NetworkConfig& network,
                      const AugmentConfig& config, double warp_strength, at::Generator& random);

/// A generator of the CPU with that seed.
at::Generator seeded_generator(std::uint64_t seed);

/// N x C x H x W float32 to `px` x `px`, antialiased when it shrinks.
torch::Tensor resized(const torch::Tensor& images_nchw, std::int64_t px);

/// The network's window of whole crops (float32, 0..1) at input_px, without any disturbance: what inference
/// sees.
torch::Tensor network_input(const torch::Tensor& crops_nchw, const NetworkConfig& config);

/// The network's window of `images_nchw` (whole crops) at `px`, by bilinear sampling.
torch::Tensor window_of(const torch::Tensor& images_nchw, double coverage, std::int64_t px);

}  // namespace understudy::model
