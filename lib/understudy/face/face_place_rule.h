#pragma once

#include <array>

namespace understudy::face {

constexpr int kHalfFace = 39;  ///< landmarks on the picture's left half and in the middle, in their order
using HalfFace = std::array<std::array<double, 2>, kHalfFace>;

/// One number of a FacePlace, a weighted sum of where half a face's landmarks lie, in mean faces.
struct PlaceRule {
  double most;       ///< two people's numbers differ by no more
  HalfFace ahead;    ///< weights of x and y in a head that looks straight ahead
  HalfFace per_yaw;  ///< of how they change per sine of yaw
};

/// In the order of FacePlace. Learned by scripts/base/fit_face_place.py, see docs/base-model.md.
extern const std::array<PlaceRule, 4> kPlaceRules;

}  // namespace understudy::face
