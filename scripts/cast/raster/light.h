// Light at a point, in the units of the other renderer: lamps in watts, each a square that faces the head.
#pragma once

#include "raster.h"

namespace raster {

constexpr float kPi = 3.14159265f;

/// One lamp as a point sees it.
struct Beam {
  Vec direction;     ///< to the lamp
  Vec irradiance;    ///< on a surface that faces it
  float half_angle;  ///< of the lamp, radians
};

inline Beam beam(const Lights& lights, int k, Vec point) {
  const Vec to_light = at(lights.position[k], 0) - point;
  const float squared = dot(to_light, to_light), distance = std::sqrt(squared);
  return {to_light * (1 / distance), at(lights.power[k], 0) * (1 / (4 * squared)),
          lights.size[k] / (2 * distance)};
}

}  // namespace raster
