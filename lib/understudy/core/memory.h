#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace understudy {

/// Bytes that this process may still take: what the kernel has available, or what is left below the limit of
/// a control group (version 1 or 2) it belongs to, whichever is less. The page cache counts as free. The
/// largest number when the system does not say. The folders are arguments for tests alone.
std::uint64_t available_memory(const std::filesystem::path& proc = "/proc",
                               const std::filesystem::path& control_groups = "/sys/fs/cgroup");

/// The most bytes that this process has had in memory so far.
std::uint64_t peak_memory();

/// "1.5 GB", of 1000 MB; below one GB as "312 MB".
std::string bytes_text(double bytes);

/// Keeps freed memory, up to a bound, for what is allocated next, instead of giving it back to the system:
/// pictures of megabytes come and go with every face, and clearing their pages anew each time took longer
/// than most of the work on them. For a program to call once, before it starts threads.
void keep_freed_memory();

}  // namespace understudy
