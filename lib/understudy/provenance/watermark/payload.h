#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace understudy::provenance {

/// The scheme of docs/watermark.md. It stands in every mark.
inline constexpr unsigned kWatermarkVersion = 1;
inline constexpr int kWatermarkIdBits = 44;

/// What a mark says: the first 44 bits of SHA-256("wm1|" + urn).
std::uint64_t watermark_id(std::string_view urn);
/// An id for people and manifests: 11 hexadecimal digits.
std::string watermark_id_text(std::uint64_t id);

/// From the highest bit on: version (4), id (44), CRC-16 of both (CCITT, polynomial 0x1021, from 0xFFFF).
std::uint64_t watermark_payload(std::uint64_t id);
/// What a manifest calls the scheme (C2PA's soft binding), and the payload's eight bytes there.
inline constexpr std::string_view kWatermarkAlgorithm = "org.understudy.wm.1";
std::string watermark_bytes(std::uint64_t id);
/// The id of a payload; nothing when the CRC or the version is another.
std::optional<std::uint64_t> id_of_payload(std::uint64_t payload);

}  // namespace understudy::provenance
