#pragma once

#include <span>
#include <string_view>

namespace understudy::stages {

/// The files of profiles/, built into the program by room.cmake.
struct ProfileFile {
  std::string_view name, toml;
};
std::span<const ProfileFile> profile_files();

}  // namespace understudy::stages
