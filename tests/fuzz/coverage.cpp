#include "coverage.h"

#include <array>

namespace {

std::array<std::uint8_t, 1 << 16> counters;

}  // namespace

/// g++ calls this at the beginning of every block of code (-fsanitize-coverage=trace-pc).
extern "C" void __wrap___sanitizer_cov_trace_pc() {
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  ++counters[(place * 0x9e3779b97f4a7c15ULL) >> 48];
}

std::span<std::uint8_t> understudy_coverage() {
  return counters;
}

/// g++ also tells of comparisons of floating-point numbers (trace-cmp), which libFuzzer does not ask about.
extern "C" void __sanitizer_cov_trace_cmpf(float /*a*/, float /*b*/) {}
extern "C" void __sanitizer_cov_trace_cmpd(double /*a*/, double /*b*/) {}
