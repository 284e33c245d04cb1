#pragma once

#include <vector>

#include "pack.h"

namespace understudy::faces {

/// Small, so that much of a picture is face: a step costs by the pixel.
constexpr std::int64_t kCanvasHeight = 160, kCanvasWidth = 192;

/// What the detector learns from: count pictures with up to `faces` faces each.
struct DetectorBatch {
  torch::Tensor pictures;  ///< count x 3 x kCanvasHeight x kCanvasWidth, as network_input() gives them
  torch::Tensor boxes;     ///< count x faces x 3: the square's middle and side, pixels
  torch::Tensor points;    ///< count x faces x 5 x 2: eyes, nose tip, mouth corners
  torch::Tensor present;   ///< count x faces: true where there is a face
  torch::Tensor clear;     ///< count x faces: true where enough of it is seen to be looked for

  static constexpr std::int64_t kRowsTogether = 1;
  std::vector<torch::Tensor*> parts() { return {&pictures, &boxes, &points, &present, &clear}; }
};

DetectorBatch detector_batch(const Pack& pack, std::int64_t count);

}  // namespace understudy::faces
