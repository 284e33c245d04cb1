#pragma once

#include <ATen/core/Generator.h>
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "understudy/model/presets.h"
#include "understudy/model/window.h"

namespace understudy::model {

/// Sides at which whole crops are kept for training: a little more than the network's own resolution.
struct StoreSizes {
  std::int64_t target_px;  ///< for the pictures that the network shall give
  std::int64_t input_px;   ///< for the pictures that it sees
};
StoreSizes store_sizes(const NetworkConfig& config, const Window& window);

/// N faces as they are kept: uint8, whole crops.
struct FaceBatch {
  torch::Tensor targets_nchw;  ///< N x 3 x target_px x target_px, BGR
  torch::Tensor masks_nchw;    ///< N x 1 x target_px x target_px
  torch::Tensor inputs_nchw;   ///< N x 3 x input_px x input_px
  torch::Tensor landmarks;     ///< float32, N x 68 x 2, (x, y) in 0..1 of the crop; or undefined
  torch::Tensor pose;          ///< float32, N x 2: yaw, pitch in degrees
};

/// What pose_match.h knows about each face of a batch, over its window; each may be undefined.
struct MatchFields {
  torch::Tensor shape_n2gg;   ///< float32, N x 2 x G x G: where to look instead, in sides of the window
  torch::Tensor light_n3gg;   ///< float32, N x 3 x G x G: log gain
  torch::Tensor mates_n3pp;   ///< float32, N x 3 x P x P, 0..1: the other person in about the same pose
  torch::Tensor code_offset;  ///< N x ..., from this person's codes to the other's
};

/// What a step trains on: float32, 0..1.
struct TrainingBatch {
  std::size_t identity = 0;    ///< of the person that the inputs show
  torch::Tensor inputs_nchw;   ///< disturbed, input_px
  torch::Tensor targets_nchw;  ///< output_px
  torch::Tensor masks_nchw;    ///< one channel, output_px
  /// N x 68 x 2, (x, y) in 0..1 of the target; NaN where the face has none, undefined where the batch has
  /// none. A mirrored face keeps the points' numbers, so that its left and right ones have changed places.
  torch::Tensor landmarks_n682;
  /// N x ...: how each code is to be moved, towards where the other person's lie; undefined when none is.
  torch::Tensor code_offset;

  /// All of them, in one order; some may be undefined.
  std::vector<torch::Tensor> tensors() const {
    return {inputs_nchw, targets_nchw, masks_nchw, landmarks_n682, code_offset};
  }
};

/// Which faces of a larger batch, shared out among processes, these are: each makes the draws for all of it
/// and uses its part, so that they do together what one process does with everything.
struct BatchShare {
  std::int64_t first = 0;  ///< place of the first face in the larger batch
  std::int64_t total = 0;  ///< faces of the larger batch; 0: these are all
};

/// Input, target and mask share a small rotation, scale and shift, the flip, the light and the colour. The
/// input alone is moved further, warped by a 5x5 grid of normal draws, bent towards the other person's shape,
/// mixed with that person's face, blurred and covered with noise, so that the network learns to answer with
/// the registered, sharp face and to leave the other's features out; moving and warping fade with `strength`
/// (0..1). All draws come from `random`, a generator of the CPU, in a fixed order; the rest runs on the
/// batch's device. Throws Error kBug for a share that reaches beyond its batch.
TrainingBatch augment(const FaceBatch& faces, const Window& window, const MatchFields& match,
                      const NetworkConfig& network, const AugmentConfig& config, double strength,
                      at::Generator& random, const BatchShare& share = {});

/// A generator of the CPU with that seed.
at::Generator seeded_generator(std::uint64_t seed);

/// The window of whole crops (float32, 0..1) at input_px, without any disturbance: what inference sees.
torch::Tensor network_input(const torch::Tensor& crops_nchw, const Window& window,
                            const NetworkConfig& config);

}  // namespace understudy::model
