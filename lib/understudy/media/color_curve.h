#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace understudy::media {

/// A rising function of float samples, tabulated: to 1e-4 of its value for powers up to 10, the better for
/// lower ones. Values below 0 are mirrored. Infinite ones and NaN count as the largest number.
class ColorCurve {
 public:
  /// `function` rises, is called for values from 0 to the largest float, and gives 0 for 0.
  explicit ColorCurve(double (*function)(double));

  float operator()(float x) const {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t sign = bits & 0x80000000U, magnitude = bits ^ sign;
    const float* node = nodes_.data() + (magnitude >> kFractionBits);
    const float t = static_cast<float>(static_cast<std::int32_t>(magnitude & (kCell - 1))) *
                    (1.0F / static_cast<float>(kCell));
    const float y = node[0] + t * (node[1] - node[0]);
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(y) | sign);
  }

 private:
  // A node for each exponent and the 9 upper bits of the mantissa.
  static constexpr int kFractionBits = 14;
  static constexpr std::uint32_t kCell = 1U << kFractionBits;
  std::vector<float> nodes_;
};

}  // namespace understudy::media
