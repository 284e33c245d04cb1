#pragma once

namespace understudy::bench {

/// What this machine can do at best. All are seconds of the quickest try in this process so far, and every
/// call tries again, so that limits and benchmarks take turns on a machine that others use too.

/// One thread's memcpy that moves `bytes` in all, half of them read and half written, in buffers of that very
/// size: what fits into a cache is measured in the cache. 0 for no bytes.
double memory_seconds(double bytes);

/// One thread's pass over `bytes` / 2 that are read and written in place, which is quicker than a copy:
/// nothing is fetched only to be overwritten.
double in_place_seconds(double bytes);

enum class Number { kFp32, kBf16 };

/// `flops` (two for each multiply-add) at the rate at which libtorch multiplies two square matrices of 2048,
/// by its BLAS or by oneDNN, whichever is quicker.
double product_seconds(double flops, Number number, int threads);

/// From now on OpenCV, libtorch and the BLAS below it use this many threads.
void use_threads(int threads);

}  // namespace understudy::bench
