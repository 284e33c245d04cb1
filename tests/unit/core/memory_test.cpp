#include "understudy/core/memory.h"

#include <limits>

#include "unit/core/scratch.h"

namespace fs = std::filesystem;

namespace understudy {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// A machine of files: /proc and /sys/fs/cgroup below a folder.
class Machine {
 public:
  Machine& file(const fs::path& path, const std::string& content) {
    make_folder((folder_.path() / path).parent_path());
    write_unpublished(folder_.path() / path, content);
    return *this;
  }
  std::uint64_t available() const {
    return available_memory(folder_.path() / "proc", folder_.path() / "groups");
  }

 private:
  ScratchFolder folder_;
};

constexpr const char* kMemInfo = "MemTotal: 4096 kB\nMemFree: 10 kB\nMemAvailable:   3072 kB\n";

TEST(AvailableMemory, IsTheKernelsWhereNoGroupHasALimit) {
  Machine machine;
  EXPECT_EQ(machine.available(), std::numeric_limits<std::uint64_t>::max());
  machine.file("proc/meminfo", kMemInfo);
  EXPECT_EQ(machine.available(), 3 * kMiB);
  machine.file("proc/self/cgroup", "0::/a/b\n").file("groups/a/b/memory.max", "max\n");
  machine.file("groups/a/b/memory.current", "1048576\n");
  EXPECT_EQ(machine.available(), 3 * kMiB);
}

TEST(AvailableMemory, IsTheLeastOfTheGroupsAbove) {
  Machine machine;
  machine.file("proc/meminfo", kMemInfo).file("proc/self/cgroup", "0::/a/b\n");
  machine.file("groups/a/b/memory.max", "2097152\n").file("groups/a/b/memory.current", "1048576\n");
  EXPECT_EQ(machine.available(), kMiB);
  machine.file("groups/a/memory.max", "3145728\n").file("groups/a/memory.current", "2621440\n");
  EXPECT_EQ(machine.available(), kMiB / 2);
  machine.file("groups/a/memory.stat", "anon 1\ninactive_file 262144\n");
  EXPECT_EQ(machine.available(), kMiB / 2 + kMiB / 4) << "the page cache is given up first";
}

TEST(AvailableMemory, KnowsVersion1AndTheContainersOwnGroup) {
  Machine machine;
  machine.file("proc/meminfo", kMemInfo);
  machine.file("proc/self/cgroup", "5:cpu:/x\n4:memory:/the/hosts/path\n0::/\nbroken\n");
  machine.file("groups/memory/memory.limit_in_bytes", "2097152\n");
  machine.file("groups/memory/memory.usage_in_bytes", "1572864\n");
  EXPECT_EQ(machine.available(), kMiB / 2);
  EXPECT_GT(available_memory(), kMiB) << "of the machine that runs this";
}

TEST(BytesText, KeepsNumbersShort) {
  EXPECT_EQ(bytes_text(312.4e6), "312 MB");
  EXPECT_EQ(bytes_text(1.26e9), "1.3 GB");
}

}  // namespace
}  // namespace understudy
