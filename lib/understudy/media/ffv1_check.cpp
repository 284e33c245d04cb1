#include "understudy/media/ffv1_check.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <vector>

namespace understudy::media {
namespace {

/// The slices of a packet, last one first; empty when their sizes do not add up. Each ends in its size as 3
/// bytes, and with checksums in a status byte and 4 bytes more (RFC 9043, 4.8).
std::vector<std::span<const std::uint8_t>> slices_of(std::span<const std::uint8_t> packet,
                                                     std::size_t footer) {
  std::vector<std::span<const std::uint8_t>> slices;
  while (!packet.empty()) {
    if (packet.size() < footer) return {};
    const auto size_at = packet.last(footer);
    const std::size_t size =
        footer + (std::size_t{size_at[0]} << 16 | std::size_t{size_at[1]} << 8 | size_at[2]);
    if (size > packet.size()) return {};
    slices.push_back(packet.last(size));
    packet = packet.first(packet.size() - size);
  }
  return slices;
}

}  // namespace

bool is_whole_ffv1_packet(std::span<const std::uint8_t> packet) {
  const auto slices = slices_of(packet, 8);
  if (slices.empty()) return !slices_of(packet, 3).empty();
  const AVCRC* table = av_crc_get_table(AV_CRC_32_IEEE);
  for (const auto& slice : slices)
    if (av_crc(table, 0, slice.data(), slice.size()) != 0) return false;
  return true;
}

}  // namespace understudy::media
