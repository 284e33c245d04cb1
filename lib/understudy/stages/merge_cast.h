#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "understudy/stages/merge_input.h"

namespace understudy::stages {

struct CastSource {
  ConvertedSource converted;
  Json not_swapped = Json::array();  ///< which tracks stay as they are in the plate, and why
};

/// The faces that are merged: those of the conversion `name`, of everybody or of a person alone; or by a
/// cast, a TOML file that says who plays whom.
///
///     default = "swap"         # or "none"; without it: `name`
///     [people]
///     anna = "ben"
///     [tracks]                 # go before people
///     000000_1 = "none"
///
/// Each face comes from its track's or its person's conversion; frames count as converted when all that are
/// named have them. Throws Error kInput (no such file, a conversion without faces), kFormat (not TOML, an
/// unknown key), kUsage (a track or person that the source does not have, a cast and a person), and as
/// read_converted().
CastSource read_faces_to_merge(const dataset::Dataset& dataset, const MergeOptions& options,
                               const std::string& source, const ConsentGate& gate);

}  // namespace understudy::stages
