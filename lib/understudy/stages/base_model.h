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
/// kShippedBase stands for the base with that network in
/// ../share/understudy/bases beside the program's folder, and for what it holds: all but the performer's
/// decoder. Throws Error kUsage when no base has that network.
StartingWeights starting_weights(const std::string& from, const std::vector<std::string>& parts,
                                 const model::NetworkConfig& network);

}  // namespace understudy::stages
