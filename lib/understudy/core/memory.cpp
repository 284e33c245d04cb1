#include "understudy/core/memory.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

/// A file's first number; nothing for "max" or where there is no such file.
std::optional<std::uint64_t> number_in(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (file >> value) return value;
  return {};
}

/// The number behind `key` in a file of lines "key number".
std::optional<std::uint64_t> number_behind(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    std::uint64_t value = 0;
    if (words >> word >> value && word == key) return value;
  }
  return {};
}

/// How the two versions of control groups name the same things.
struct GroupFiles {
  const char* limit;
  const char* usage;
  const char* cache;  ///< in memory.stat: pages of files that are given up first
};
constexpr GroupFiles kVersion1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr GroupFiles kVersion2 = {"memory.max", "memory.current", "inactive_file"};

std::uint64_t left_in_group(const fs::path& folder, const GroupFiles& names) {
  const auto limit = number_in(folder / names.limit), usage = number_in(folder / names.usage);
  if (!limit || !usage) return kUnlimited;
  const std::uint64_t cache = number_behind(folder / "memory.stat", names.cache).value_or(0);
  const std::uint64_t used = *usage - std::min(*usage, cache);
  return *limit - std::min(*limit, used);
}

/// The least that is left in the group or any above it. Inside a container the path may be the host's: the
/// folders that are not there are passed over, and the root is the container's own group.
std::uint64_t left_in_groups(const fs::path& root, const std::string& group, const GroupFiles& names) {
  std::uint64_t least = kUnlimited;
  for (fs::path below = fs::path(group).relative_path();; below = below.parent_path()) {
    least = std::min(least, left_in_group(root / below, names));
    if (below.empty()) return least;
  }
}

}  // namespace

std::uint64_t available_memory(const fs::path& proc, const fs::path& control_groups) {
  std::uint64_t least = kUnlimited;
  if (const auto kib = number_behind(proc / "meminfo", "MemAvailable:")) least = *kib * 1024;
  std::ifstream groups(proc / "self" / "cgroup");
  for (std::string line; std::getline(groups, line);) {  // number:controllers:path
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") least = std::min(least, left_in_groups(control_groups, group, kVersion2));
    if (controllers.find(",memory,") != std::string::npos)
      least = std::min(least, left_in_groups(control_groups / "memory", group, kVersion1));
  }
  return least;
}

std::uint64_t peak_memory() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
}

std::string bytes_text(double bytes) {
  return bytes < 1e9 ? text(fixed(bytes / 1e6, 0), " MB") : text(fixed(bytes / 1e9, 1), " GB");
}

void keep_freed_memory() {
  constexpr int kLargestReused = 256 << 20, kMostKept = 256 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargestReused);
  mallopt(M_TRIM_THRESHOLD, kMostKept);
}

}  // namespace understudy
