#include "understudy/core/mapped_bytes.h"

#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "understudy/core/error.h"
#include "unit/core/scratch.h"

namespace understudy {
namespace {

std::string_view view_of(const MappedBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(bytes.size())};
}

std::string in_blocks(std::string_view bytes) {
  std::string out;
  use_in_blocks(bytes, [&](std::string_view block) { out += block; });
  return out;
}

/// Pages of this process that are in memory; not those that only the file's cache holds.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(UseInBlocks, HandsOverEveryByteInOrder) {
  std::string bytes(40'000'001, '\0');
  for (std::size_t i = 0; i < bytes.size(); i += 4096) bytes[i] = static_cast<char>(i >> 12);
  EXPECT_EQ(in_blocks(bytes), bytes);
  EXPECT_EQ(in_blocks(bytes), bytes) << "memory of our own stays as it is";
  EXPECT_EQ(in_blocks(""), "");
}

TEST(UseInBlocks, KeepsAMappedFileOutOfMemory) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "the thread sanitizer's own memory of what was read counts as resident";
#endif
  const ScratchFolder folder;
  const std::string bytes(200'000'000, 'x');
  write_unpublished(folder.path() / "large", bytes);
  const MappedBytes file = MappedBytes::open(folder.path() / "large");
  const std::size_t before = resident_bytes();
  std::size_t sum = 0, most = 0;
  use_in_blocks(view_of(file).substr(100), [&](std::string_view block) {
    for (const char byte : block) sum += byte == 'x';
    most = std::max(most, resident_bytes() - std::min(before, resident_bytes()));
  });
  EXPECT_EQ(sum, bytes.size() - 100);
  EXPECT_LT(most, 64U << 20);
  EXPECT_TRUE(view_of(file) == bytes) << "it is read again";
}

TEST(MappedBytes, HoldAFile) {
  const ScratchFolder folder;
  write_unpublished(folder.path() / "empty", "");
  EXPECT_EQ(MappedBytes::open(folder.path() / "empty").size(), 0U);
  EXPECT_THROW(MappedBytes::open(folder.path() / "none"), Error);
}

}  // namespace
}  // namespace understudy
