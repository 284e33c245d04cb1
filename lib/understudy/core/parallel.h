#pragma once

#include <cstdint>
#include <functional>

namespace understudy {

/// The threads to use: `requested` if positive, else the scheduler's own variable (SLURM_CPUS_PER_TASK,
/// CUE_THREADS, OMP_NUM_THREADS), else the cores this process may run on.
int effective_threads(int requested);

/// Calls work(i) for every i in [0, count) on up to `threads` threads, the caller's among them, and returns
/// when all are done. The first exception stops the hand-out of further items and is thrown again here.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace understudy
