#include "coverage.h"

extern "C" void __sanitizer_cov_8bit_counters_init(std::uint8_t* begin, std::uint8_t* end);

namespace {

/// Hands the counters to libFuzzer before it starts.
[[maybe_unused]] const bool is_registered = [] {
  const std::span<std::uint8_t> counters = understudy_coverage();
  __sanitizer_cov_8bit_counters_init(counters.data(), counters.data() + counters.size());
  return true;
}();

}  // namespace
