#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "understudy/core/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void replay(std::string_view bytes) {
  // A copy of its own, so that a sanitizer sees a read behind the end.
  const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

}  // namespace

/// Stands in for the fuzzer where there is none: runs every file of the folders named, and up to 200
/// beginnings of each.
int main(int argc, char** argv) {
  constexpr std::size_t kBeginnings = 200;
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      const std::string bytes = understudy::read_file(entry.path());
      std::fprintf(stderr, "%s\n", entry.path().c_str());
      replay(bytes);
      for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / kBeginnings)
        replay(std::string_view(bytes).substr(0, length));
      ++files;
    }
  }
  std::fprintf(stderr, "%d seeds\n", files);
  return files > 0 ? 0 : 1;
}
