#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "understudy/media/source.h"

namespace understudy::media {

/// The time code of a video's first frame, "10:00:00:00" or, with dropped numbers, "10:00:00;00"; nothing
/// where the file has none. Throws Error kInput when it is no video.
std::optional<std::string> read_timecode(const std::filesystem::path& video);

/// The time code `frames` frames after `start`, in the two words of SMPTE 12M that OpenEXR and DPX keep (the
/// second holds user bits: 0). Nothing where `start` is no time code or `rate` has none (23.976 to 60 frames
/// a second have).
std::optional<std::array<std::uint32_t, 2>> packed_timecode(const std::string& start, Rational rate,
                                                            std::int64_t frames);

}  // namespace understudy::media
