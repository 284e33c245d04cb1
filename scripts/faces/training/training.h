#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace understudy::faces {

struct TrainingOptions {
  std::string network;  ///< of networks()
  std::filesystem::path pack, out;
  std::filesystem::path from;  ///< a trained network to go on from; empty: from the beginning
  double rate = 2e-3;          ///< the highest of the training
  torch::Device device = torch::kCPU;
  double minutes = 0;
  std::int64_t batch = 0;
  std::uint64_t seed = 1;
  std::int64_t echo = 1;  ///< how often a picture is used on average, see Echo
};

/// Trains for that long, counted from the first step, with a rate that falls as a cosine; says on standard
/// output every few seconds how it goes, and writes the averaged weights every five minutes and at the end.
/// Throws Error.
void train(const TrainingOptions& options);

}  // namespace understudy::faces
