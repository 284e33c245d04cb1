#include "understudy/stages/base_model.h"

#include <string>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// Beside the programs, in the build as where they are installed.
fs::path bases_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "share/understudy/bases";
}

}  // namespace

fs::path weights_to_start_from(const std::string& from, const std::string& preset) {
  if (from != "base") return from;
  const fs::path file = bases_folder() / (preset + ".safetensors");
  if (fs::exists(file)) return file;
  std::vector<std::string> names;
  std::error_code absent;
  for (fs::directory_iterator entry(bases_folder(), absent), end; !absent && entry != end;
       entry.increment(absent))
    names.push_back(entry->path().stem().string());
  throw Error(ErrorCode::kUsage, text("there is no base for the preset '", preset, "'"),
              names.empty()
                  ? text("the folder ", bases_folder().string(), " is missing; install Understudy anew")
                  : text("there is one for: ", joined(names)));
}

}  // namespace understudy::stages
