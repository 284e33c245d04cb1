#pragma once

#include "pack.h"

namespace understudy::faces {

constexpr std::int64_t kCanvasHeight = 192, kCanvasWidth = 320;

/// What the detector learns from: count pictures with up to `faces` faces each.
struct DetectorBatch {
  torch::Tensor pictures;  ///< count x 3 x kCanvasHeight x kCanvasWidth, as network_input() gives them
  torch::Tensor boxes;     ///< count x faces x 3: the square's middle and side, pixels
  torch::Tensor points;    ///< count x faces x 5 x 2: eyes, nose tip, mouth corners
  torch::Tensor present;   ///< count x faces: true where there is a face
  torch::Tensor clear;     ///< count x faces: true where enough of it is seen to be looked for
};

DetectorBatch detector_batch(const Pack& pack, std::int64_t count);

}  // namespace understudy::faces
