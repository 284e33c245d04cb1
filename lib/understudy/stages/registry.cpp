#include "understudy/stages/registry.h"

#include <algorithm>

#include "understudy/core/files.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::stages {

void keep_in_registry(const fs::path& registry, std::string_view id, std::string_view part,
                      std::string_view store) {
  write_file(registry / text(id, part.empty() ? "" : "-", part, ".c2pa"), store);
}

std::vector<fs::path> registry_copies(const fs::path& registry, std::string_view id) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator entry(registry, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    const bool is_copy = name == text(id, ".c2pa") || name.starts_with(text(id, "-"));
    if (is_copy && name.ends_with(".c2pa")) out.push_back(entry->path());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace understudy::stages
