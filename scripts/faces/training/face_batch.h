#pragma once

#include <vector>

#include "pack.h"

namespace understudy::faces {

/// What the face network learns from: count pictures of kFaceSide pixels with one face in the middle.
struct FaceBatch {
  torch::Tensor pictures;   ///< count x 3 x side x side, as network_input() gives them
  torch::Tensor landmarks;  ///< count x 68 x 2, pixels
  torch::Tensor weights;    ///< count x 68: 1 visible, less hidden, 0 outside the picture
  torch::Tensor classes;    ///< count x 4 x kClassSide x kClassSide: each class's share of a cell
  torch::Tensor head;       ///< count x 6

  static constexpr std::int64_t kRowsTogether = 1;
  std::vector<torch::Tensor*> parts() { return {&pictures, &landmarks, &weights, &classes, &head}; }
};

/// Draws, turns, covers and photographs sprites over backgrounds, all on the pack's device.
FaceBatch face_batch(const Pack& pack, std::int64_t count);

}  // namespace understudy::faces
