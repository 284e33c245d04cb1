#include "understudy/provenance/watermark/payload.h"

#include "understudy/core/big_endian.h"
#include "understudy/core/sha256.h"
#include "understudy/core/text.h"

namespace understudy::provenance {
namespace {

constexpr int kCrcBits = 16;
constexpr std::uint64_t kIdMask = (std::uint64_t{1} << kWatermarkIdBits) - 1;

std::uint64_t crc16(std::uint64_t value_48_bits) {
  std::uint32_t crc = 0xFFFF;
  for (int bit = 47; bit >= 0; --bit) {
    const std::uint32_t out = (crc >> 15 ^ static_cast<std::uint32_t>(value_48_bits >> bit)) & 1U;
    crc = (crc << 1 ^ (out != 0 ? 0x1021U : 0U)) & 0xFFFFU;
  }
  return crc;
}

}  // namespace

std::uint64_t watermark_id(std::string_view urn) {
  return std::stoull(sha256(text("wm1|", urn)).substr(0, kWatermarkIdBits / 4), nullptr, 16);
}

std::string watermark_id_text(std::uint64_t id) {
  std::ostringstream out;
  out << std::hex << std::setw(kWatermarkIdBits / 4) << std::setfill('0') << id;
  return out.str();
}

std::uint64_t watermark_payload(std::uint64_t id) {
  const std::uint64_t said = std::uint64_t{kWatermarkVersion} << kWatermarkIdBits | (id & kIdMask);
  return said << kCrcBits | crc16(said);
}

std::string watermark_bytes(std::uint64_t id) {
  return big_endian(watermark_payload(id), 8);
}

std::optional<std::uint64_t> id_of_payload(std::uint64_t payload) {
  const std::uint64_t id = payload >> kCrcBits & kIdMask;
  if (watermark_payload(id) != payload) return std::nullopt;
  return id;
}

}  // namespace understudy::provenance
