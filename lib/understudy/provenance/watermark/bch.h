#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace understudy::provenance {

inline constexpr int kCodeBits = 127;
inline constexpr int kMessageBits = 64;
inline constexpr int kCorrectable = 10;

/// A word of the binary BCH code (127, 64), which mends any 10 wrong bits. Bits 63 to 126 are the message.
using CodeWord = std::bitset<kCodeBits>;

CodeWord bch_encode(std::uint64_t message);

/// The word of the code within 10 bits of `received`; nothing when there is none.
std::optional<CodeWord> bch_decode(const CodeWord& received);

std::uint64_t bch_message(const CodeWord& word);

/// Decodes bits that are known by how sure they are: `soft` has kCodeBits values, above 0 for a 1, and the
/// further from 0 the surer. Besides the signs alone, every pattern of the `flipped` least sure bits is tried
/// (Chase 1972, his second algorithm). The words found, each once, the one that agrees best with `soft`
/// first; perhaps none.
std::vector<CodeWord> bch_decode_soft(std::span<const float> soft, int flipped);

/// How well `word` agrees with `soft`: the sum of the values, those of 0 bits negated.
double bch_agreement(const CodeWord& word, std::span<const float> soft);

}  // namespace understudy::provenance
