#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/files.h"

namespace understudy {

/// A new empty folder that is removed at the end.
class ScratchFolder {
 public:
  ScratchFolder()
      : path_(std::filesystem::temp_directory_path() / temporary_name("understudy-test").substr(1)) {
    make_folder(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The names in a folder, hidden ones too.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    out.push_back(entry.path().filename().string());
  return out;
}

/// Runs `act` and expects an Error of `code` whose message and hint hold `part`.
template <class Act>
void expect_error(ErrorCode code, const std::string& part, const Act& act) {
  try {
    act();
    ADD_FAILURE() << "no Error, expected one with '" << part << "'";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.message();
    EXPECT_THAT(e.message() + " | " + e.hint(), testing::HasSubstr(part));
  }
}

}  // namespace understudy
