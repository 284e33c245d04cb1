#include <algorithm>
#include <array>

#include "given.h"
#include "understudy/provenance/watermark/bch.h"
#include "understudy/provenance/watermark/payload.h"

namespace provenance = understudy::provenance;

/// The bytes as the bits that a picture's mark was read as, hard and soft: what is decoded is a word of the
/// code near them, and up to ten wrong bits are mended.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  provenance::CodeWord received;
  std::array<float, provenance::kCodeBits> soft{};
  for (std::size_t i = 0; i < soft.size(); ++i) {
    const int value = size == 0 ? 0 : static_cast<std::int8_t>(data[i % size]);
    soft[i] = static_cast<float>(value) / 32;
    received[i] = value > 0;
  }
  const auto word = provenance::bch_decode(received);
  if (word && (provenance::bch_encode(provenance::bch_message(*word)) != *word ||
               (*word ^ received).count() > provenance::kCorrectable))
    std::abort();
  for (const provenance::CodeWord& found : provenance::bch_decode_soft(soft, 4))
    if (provenance::bch_encode(provenance::bch_message(found)) != found) std::abort();
  if (word) provenance::id_of_payload(provenance::bch_message(*word));

  std::uint64_t message = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(size, 8); ++i) message = message << 8 | data[i];
  provenance::CodeWord sent = provenance::bch_encode(message), disturbed = sent;
  for (std::size_t i = 8; i < std::min<std::size_t>(size, 8 + provenance::kCorrectable); ++i)
    disturbed.flip(data[i] % provenance::kCodeBits);
  if (provenance::bch_decode(disturbed) != sent) std::abort();
  return 0;
}
