#pragma once

#include <cstdint>
#include <string_view>

namespace understudy {

/// SplitMix64's finaliser (Steele et al. 2014): a good 64-bit mix of `value`.
constexpr std::uint64_t mix_bits(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

/// The seed of one item, so that randomness does not depend on order, threads or shards:
/// a hash of the run's seed, the source's name, the frame and the face.
constexpr std::uint64_t item_seed(std::uint64_t seed, std::string_view source, std::int64_t frame,
                                  std::int64_t face) {
  std::uint64_t state = mix_bits(seed);
  for (char c : source) state = mix_bits(state ^ static_cast<unsigned char>(c));
  state = mix_bits(state ^ static_cast<std::uint64_t>(frame));
  return mix_bits(state ^ static_cast<std::uint64_t>(face));
}

}  // namespace understudy
