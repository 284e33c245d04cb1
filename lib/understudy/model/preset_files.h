#pragma once

#include <span>
#include <string_view>

namespace understudy::model {

/// The files of presets/, built into the program by room.cmake.
struct PresetFile {
  std::string_view name, toml;
};
std::span<const PresetFile> preset_files();

}  // namespace understudy::model
