#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <optional>

namespace understudy::media {

/// CIE 1931 x, y of red, green, blue and white.
using Chromaticities = std::array<double, 8>;

extern const Chromaticities kBt709Primaries, kBt2020Primaries;

/// Those of an ITU-T H.273 number. The sets of standard definition count as BT.709's, which they resemble,
/// and so do unknown numbers; nothing for XYZ (10).
std::optional<Chromaticities> primaries_of_tag(int primaries);

/// Linear R, G, B of BT.709 from linear R, G, B of `from`, white to white (Bradford). The identity, exactly,
/// where both are the same to 0.001. Throws Error kFormat when `from` spans no colours.
cv::Matx33d bt709_from(const Chromaticities& from);

}  // namespace understudy::media
