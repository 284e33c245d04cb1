#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <tuple>

#include "understudy/dataset/dataset.h"

namespace understudy::dataset {

/// Source, frame and face number.
using FaceName = std::tuple<std::string, std::int64_t, int>;
FaceName name_of(const FaceRecord& record);

/// Moves the pictures and masks of these faces, in every stage, to trash/removed-N/STAGE/SOURCE/SHARD/, and
/// gives that folder: copying its content over the dataset brings them back. Their records stay and count as
/// removed. Those of align go last: whoever lists faces by them and is killed may do it again. Throws Error
/// kResource.
std::filesystem::path remove_faces(const Dataset& dataset, const std::set<FaceName>& faces);

/// The next free trash/removed-N, made.
std::filesystem::path new_trash_folder(const Dataset& dataset);

/// Renames a file or folder of the dataset to the same place below `trash`. Throws Error kResource.
void move_below(const Dataset& dataset, const std::filesystem::path& path,
                const std::filesystem::path& trash);

}  // namespace understudy::dataset
