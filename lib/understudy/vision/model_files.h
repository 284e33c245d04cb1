#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace understudy::vision {

/// A trained model of somebody else that a detector or landmarker reads. None of them comes with Understudy.
struct ModelFile {
  const char* name;
  const char* used_by;
  const char* origin;  ///< where a user gets it
  const char* licence;
  const char* sha256;  ///< of the file that Understudy is tested with
};

/// To add one: a row in model_files.cpp.
std::span<const ModelFile> model_files();

/// The path of the named file: in `model_dir` if it is there, else `fallback` if that exists (may be empty).
/// Throws Error kInput that says where to get it and under which licence. Warns when it is another file than
/// the tested one.
std::filesystem::path find_model_file(std::string_view name, const std::filesystem::path& model_dir,
                                      const std::filesystem::path& fallback = {});

}  // namespace understudy::vision
