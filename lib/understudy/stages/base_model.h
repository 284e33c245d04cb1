#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/model/network_config.h"

namespace understudy::stages {

/// What `--from` takes for the base model that comes with the programs.
inline constexpr std::string_view kShippedBase = "base";

/// Weights that a new model starts from.
struct StartingWeights {
  std::filesystem::path file;      ///< empty: none
  std::vector<std::string> parts;  ///< beginnings of the names to take; empty: all
};

/// `parts` as they were given, `from` too, or the newest checkpoint where it is a model's folder.
/// kShippedBase stands for a base in ../share/understudy/bases beside the program's folder, and for what fits
/// of it: encoder and inter, and the likeness' decoder too where one has the whole network (a base holds no
/// performer's decoder). Throws Error kUsage when none has the network's encoder.
StartingWeights starting_weights(const std::string& from, const std::vector<std::string>& parts,
                                 const model::NetworkConfig& network);

}  // namespace understudy::stages
