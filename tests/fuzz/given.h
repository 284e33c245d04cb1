#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Whether `read` took what it was given. An Error refuses it; anything else that is thrown is a finding.
template <class Read>
bool takes(const Read& read) {
  try {
    read();
    return true;
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kBug) std::abort();
    return false;
  }
}

/// A folder of this process, gone at its end, for readers that want a file. TMPDIR=/dev/shm makes it quick.
class Folder {
 public:
  Folder() { std::filesystem::create_directories(path_); }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  /// The file of that name, with these bytes.
  std::filesystem::path file(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / text("understudy-fuzz-", ::getpid());
};

}  // namespace understudy::fuzz
