#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace understudy::faces {

/// What pack.py wrote, on the device, arranged for pasting.
struct Pack {
  /// Blue, green, red and opacity, uint8: sprites x 4 x side x side; each level has half the side of the one
  /// before.
  std::vector<torch::Tensor> levels;
  torch::Tensor classes;    ///< sprites x 1 x side x side, uint8, 0 to 3
  torch::Tensor landmarks;  ///< sprites x 68 x 2, float32, pixels of level 0
  torch::Tensor visible;    ///< sprites x 68, float32, 0 or 1
  torch::Tensor head;       ///< sprites x 6, float32: the nose's direction and the head's right, unit vectors
  torch::Tensor mirrored;   ///< 68, int64: the landmark that a mirror makes of each
  torch::Tensor person;     ///< sprites, int64: whom each shows, from 0
  torch::Tensor backgrounds;  ///< pictures x 3 x height x width, uint8

  std::int64_t sprites() const { return classes.size(0); }
  std::int64_t side() const { return classes.size(3); }
  torch::Device device() const { return classes.device(); }
};

constexpr int kLevels = 3;

/// Throws Error kInput or kFormat.
Pack read_pack(const std::filesystem::path& path, torch::Device device);

}  // namespace understudy::faces
