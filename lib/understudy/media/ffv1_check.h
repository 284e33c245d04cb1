#pragma once

#include <cstdint>
#include <span>

namespace understudy::media {

/// False when a slice of an FFV1 packet (version 3, RFC 9043) does not match its checksum, or the slices'
/// sizes do not add up. FFmpeg's decoder fills such slices with old pixels without a word. True as well where
/// slices carry no checksums.
bool is_whole_ffv1_packet(std::span<const std::uint8_t> packet);

}  // namespace understudy::media
