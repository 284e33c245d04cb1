#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "understudy/media/source.h"

namespace understudy::media {

/// `first`, the time code of a frame, moved on by `frames`, as "01:00:00:00". Nothing when `first` is none at
/// this rate.
std::optional<std::string> timecode_after(const std::string& first, Rational rate, std::int64_t frames);

/// The first word of SMPTE time code as EXR and DPX have it: two decimal digits a byte, hours in the highest;
/// frames of rates above 30 count in pairs. Nothing for a text that is no time code.
std::optional<std::uint32_t> packed_timecode(const std::string& timecode, Rational rate);

/// The way back.
std::string timecode_text(std::uint32_t packed, Rational rate);

}  // namespace understudy::media
