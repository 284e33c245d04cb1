#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "graph.h"

namespace understudy::faces {

/// A convolution as it is used: normalisation and its moments are multiplied in.
struct FoldedConv {
  torch::Tensor weight, bias;
};

struct TrainedNetwork {
  std::string name;  ///< of networks()
  std::vector<torch::Tensor> weights;
  Moments moments;
  std::map<std::string, std::string> notes;  ///< how it was trained
};

/// Atomically. Throws Error kResource.
void write_network(const std::filesystem::path& path, const TrainedNetwork& network);
/// Throws Error kInput or kFormat.
TrainedNetwork read_network(const std::filesystem::path& path);

/// One for each convolution of the network's graph, on the CPU.
std::vector<FoldedConv> folded(const TrainedNetwork& network);

}  // namespace understudy::faces
