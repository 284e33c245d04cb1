#pragma once

#include <filesystem>
#include <vector>

namespace understudy::dataset {

/// The folders in `folder` whose names do not begin with a dot, sorted by name; none when `folder` is absent.
/// Throws Error kInput when it is there and cannot be read.
std::vector<std::filesystem::path> visible_folders(const std::filesystem::path& folder);

}  // namespace understudy::dataset
