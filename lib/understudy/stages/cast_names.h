#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "understudy/stages/faces_list.h"

namespace understudy::stages {

/// What some faces are to be called.
using WantedNames = std::map<const ListedFace*, std::string>;

/// Corrects whose faces these are; `faces` are all of the dataset that are in use. Names are written once a
/// track, at the first face that they hold for (`track_identity`), and where a face has one of its own,
/// there. Returns the files written. Throws Error kUsage when an old correction, whose face is no longer
/// there, is in the way.
std::vector<std::filesystem::path> write_names(const dataset::Dataset& dataset,
                                               const std::vector<ListedFace>& faces,
                                               const WantedNames& wanted);

}  // namespace understudy::stages
