#pragma once

#include <cstdint>
#include <string>

#include "understudy/core/run.h"

namespace understudy::stages {

/// What a stage takes of the machine's memory at its height, in bytes: `fixed`, and `each` for every one of
/// the `wanted` things that it would have at once. Fitted to runs; docs/memory.md has the measurements.
struct MemoryNeed {
  std::string things;  ///< what is counted: "frames", "threads", "faces"
  std::int64_t wanted = 1;
  double fixed = 0, each = 0;

  double of(std::int64_t at_once) const { return fixed + each * static_cast<double>(at_once); }
  double all() const { return of(wanted); }
};

/// Counts threads; it grows with faces, not with frames.
MemoryNeed align_memory(int threads);

/// How many of the things there may be at once so that `limit` bytes suffice, 0: no limit. Says it in
/// the report's `memory`, and in the log when it is fewer. Throws Error kResource when one is too many.
std::int64_t fit_memory(const MemoryNeed& need, std::uint64_t limit, Report& report);

}  // namespace understudy::stages
