#include "understudy/dataset/folders.h"

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::dataset {

std::vector<fs::path> visible_folders(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (entry->is_directory(gone) && !entry->path().filename().string().starts_with('.'))
      out.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    throw Error(ErrorCode::kInput, text("cannot read the folder ", folder.string(), ": ", error.message()));
  std::sort(out.begin(), out.end());
  return out;
}

fs::path people_file(const fs::path& dataset) {
  return dataset / "align" / "people.jsonl";
}

}  // namespace understudy::dataset
