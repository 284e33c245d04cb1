#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "understudy/media/source.h"

namespace understudy::media {

/// `first`, the time code of a frame, moved on by `frames`, as "01:00:00:00". Nothing when `first` is none at
/// this rate.
std::optional<std::string> timecode_after(const std::string& first, Rational rate, std::int64_t frames);

/// The time code `frames` frames after `start`, in the two words of SMPTE 12M that OpenEXR and DPX keep (the
/// second holds user bits: 0). Nothing where `start` is no time code or `rate` has none (23.976 to 60 frames
/// a second have).
std::optional<std::array<std::uint32_t, 2>> packed_timecode(const std::string& start, Rational rate,
                                                            std::int64_t frames);

/// The text of the first of these words.
std::string timecode_text(std::uint32_t packed, Rational rate);

}  // namespace understudy::media
