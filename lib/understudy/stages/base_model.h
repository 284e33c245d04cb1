#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace understudy::stages {

/// What `--from` takes for the base model that comes with the programs.
inline constexpr std::string_view kShippedBase = "base";

/// Weights that a new model starts from.
struct StartingWeights {
  std::filesystem::path file;
  std::vector<std::string> parts;  ///< beginnings of the names to take; empty: all
};

/// `from` and `parts` as they were given. kShippedBase stands for the base of `preset` in
/// ../share/understudy/bases beside the program's folder, and for what it holds: all but the performer's
/// decoder. Throws Error kUsage when no base comes with the preset.
StartingWeights starting_weights(const std::string& from, const std::vector<std::string>& parts,
                                 const std::string& preset);

}  // namespace understudy::stages
