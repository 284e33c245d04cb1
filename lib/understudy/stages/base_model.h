#pragma once

#include <filesystem>
#include <string>

namespace understudy::stages {

/// What --from names: `base` is the base that comes with Understudy for networks like that of the preset (see
/// docs/base-model.md), anything else a file. Throws Error kUsage when there is no base for the preset.
std::filesystem::path weights_to_start_from(const std::string& from, const std::string& preset);

}  // namespace understudy::stages
