#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace understudy::vision {

/// A trained model that a detector, landmarker or embedder reads. Those of `understudy` come with Understudy,
/// the others are somebody else's and do not.
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

/// The same for a file that comes with Understudy: one in `model_dir` goes before it.
std::filesystem::path find_shipped_model_file(std::string_view name, const std::filesystem::path& model_dir);

}  // namespace understudy::vision
