#pragma once

#include <filesystem>
#include <vector>

namespace understudy::dataset {

/// The folders in `folder` whose names do not begin with a dot, sorted by name; none when `folder` is absent.
/// Throws Error kInput when it is there and cannot be read.
std::vector<std::filesystem::path> visible_folders(const std::filesystem::path& folder);

/// Who each track of a dataset shows.
std::filesystem::path people_file(const std::filesystem::path& dataset);

}  // namespace understudy::dataset
