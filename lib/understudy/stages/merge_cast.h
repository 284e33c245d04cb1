#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "understudy/stages/merge_input.h"

namespace understudy::stages {

/// A track that stays as it is in the plate, by the cast's own word.
struct UncastTrack {
  std::string track;
  std::int64_t frames = 0;
};

struct CastSource {
  ConvertedSource converted;
  std::vector<UncastTrack> not_swapped;
};

/// Who plays whom: a TOML file that says for each track of the dataset which conversion it gets.
///
///     default = "swap"         # or "none"; without it: `name`
///     [tracks]
///     000000_0 = "ben"
///     000000_1 = "none"
///
/// Each face comes from its track's conversion; frames count as converted when all that are named have them.
/// Throws Error kInput (no such file, a conversion without faces), kFormat (not TOML, an unknown key), kUsage
/// (a track that the source does not have), and as read_converted().
CastSource read_cast(const dataset::Dataset& dataset, const std::filesystem::path& file,
                     const std::string& name, const std::string& source, const ConsentGate& gate);

}  // namespace understudy::stages
