#include "understudy/media/color_primaries.h"

#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::media {
namespace {

using Matrix = cv::Matx33d;

struct TaggedPrimaries {
  int tag;
  Chromaticities values;
};
// ITU-T H.273, table 2.
constexpr std::array<TaggedPrimaries, 5> kTagged{{
    {4, {0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316}},           // BT.470 M
    {8, {0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.310, 0.316}},     // film
    {9, {0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290}},   // BT.2020
    {11, {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351}},    // DCI P3
    {12, {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290}},  // P3 with D65
}};

cv::Vec3d xyz_of(double x, double y) {
  return {x / y, 1, (1 - x - y) / y};
}

/// CIE XYZ from linear R, G, B, whose white has Y = 1.
Matrix xyz_from(const Chromaticities& c) {
  Matrix primaries;
  for (int i = 0; i < 3; ++i) {
    primaries(0, i) = c[2 * i];
    primaries(1, i) = c[2 * i + 1];
    primaries(2, i) = 1 - c[2 * i] - c[2 * i + 1];
  }
  if (!(c[7] > 0) || !(std::abs(cv::determinant(primaries)) > 1e-6))
    throw Error(ErrorCode::kFormat,
                text("the primaries (", c[0], ", ", c[1], "), (", c[2], ", ", c[3], "), (", c[4], ", ", c[5],
                     ") with the white (", c[6], ", ", c[7], ") span no colours"),
                "say what the colours are with --color-space");
  const cv::Vec3d scale = primaries.inv() * xyz_of(c[6], c[7]);
  return primaries * Matrix::diag(scale);
}

/// Bradford's adaptation of one white to another.
Matrix adapted(const cv::Vec3d& from_white, const cv::Vec3d& to_white) {
  const Matrix cones{0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296};
  const cv::Vec3d from = cones * from_white, to = cones * to_white;
  return cones.inv() * Matrix::diag({to[0] / from[0], to[1] / from[1], to[2] / from[2]}) * cones;
}

}  // namespace

const Chromaticities kBt709Primaries{0.640, 0.330, 0.300, 0.600, 0.150, 0.060, 0.3127, 0.3290};
const Chromaticities kBt2020Primaries{0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290};

std::optional<Chromaticities> primaries_of_tag(int primaries) {
  constexpr int kXyz = 10;
  if (primaries == kXyz) return std::nullopt;
  for (const TaggedPrimaries& tagged : kTagged)
    if (tagged.tag == primaries) return tagged.values;
  return kBt709Primaries;
}

Matrix bt709_from(const Chromaticities& from) {
  bool same = true;
  for (std::size_t i = 0; i < from.size(); ++i)
    same = same && std::abs(from[i] - kBt709Primaries[i]) <= 0.001;
  if (same) return Matrix::eye();
  const Chromaticities& to = kBt709Primaries;
  const Matrix xyz = xyz_from(from);
  return xyz_from(to).inv() * adapted(xyz_of(from[6], from[7]), xyz_of(to[6], to[7])) * xyz;
}

}  // namespace understudy::media
