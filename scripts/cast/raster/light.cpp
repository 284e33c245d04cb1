// Light on vertices and on hairs.
#include "light.h"

#include <algorithm>

namespace raster {
namespace {

constexpr float kWrap = 0.12f;  // how far light creeps round a surface, as a cosine

// Lobes of a hair: the white reflection at its surface and the coloured one from inside; shifts are along the
// hair.
constexpr float kSurfaceShift = 0.06f, kSurfaceWidth = 0.10f, kSurfaceGain = 0.07f;
constexpr float kInnerShift = -0.10f, kInnerWidth = 0.20f, kInnerGain = 0.45f;

float bell(float x, float width) {
  return std::exp(-x * x / (2 * width * width));
}

float wrapped(float cosine) {
  const float x = std::max(0.f, (cosine + kWrap) / (1 + kWrap));
  return cosine > 0 ? std::max(cosine, x * x) : x * x;
}

}  // namespace
}  // namespace raster

/// Sets each vertex' irradiance from its normal, openness and lit. Light that bounces in hollows takes the
/// albedo's colour.
extern "C" void light_surface(const raster::Lights* lights, const float* positions, std::int32_t count,
                              raster::Attributes* attributes) {
  using raster::Vec;
  for (int i = 0; i < count; ++i) {
    raster::Attributes& a = attributes[i];
    const Vec position = raster::at(positions, i);
    const auto bounced = [&](float albedo) { return a.openness / (1 - 0.8f * albedo * (1 - a.openness)); };
    Vec sum =
        raster::at(lights->ambient, 0) * Vec{bounced(a.albedo.x), bounced(a.albedo.y), bounced(a.albedo.z)};
    for (int k = 0; k < lights->count; ++k) {
      const raster::Beam beam = raster::beam(*lights, k, position);
      sum = sum + beam.irradiance *
                      (a.lit[k] * raster::wrapped(raster::dot(a.normal, beam.direction)) / raster::kPi);
    }
    a.irradiance = sum;
  }
}

/// Sets the colours that hairs send to the eye. own_colours: count x 3; lit: lights x count; openness: count.
extern "C" void light_strands(const raster::Lights* lights, const float* eye, const float* points,
                              const float* tangents, const float* own_colours, const float* lit,
                              const float* openness, std::int32_t count, float* colours) {
  using raster::Vec;
  for (int i = 0; i < count; ++i) {
    const Vec point = raster::at(points, i), tangent = raster::at(tangents, i),
              own = raster::at(own_colours, i);
    const Vec to_eye = raster::unit(raster::at(eye, 0) - point);
    const float along_eye = raster::dot(tangent, to_eye);
    const Vec inner{std::sqrt(own.x), std::sqrt(own.y), std::sqrt(own.z)};
    Vec sum = own * raster::at(lights->ambient, 0) * openness[i];
    for (int k = 0; k < lights->count; ++k) {
      const raster::Beam beam = raster::beam(*lights, k, point);
      const float along = raster::dot(tangent, beam.direction);
      const float across = std::sqrt(std::max(0.f, 1 - along * along));
      const float surface = raster::kSurfaceGain *
                            raster::bell(along + along_eye - raster::kSurfaceShift, raster::kSurfaceWidth);
      const float inside =
          raster::kInnerGain * raster::bell(along + along_eye - raster::kInnerShift, raster::kInnerWidth);
      const Vec sent =
          own * (across * 0.8f) + Vec{surface, surface, surface} * across + inner * own * (inside * across);
      sum = sum + sent * beam.irradiance * (lit[k * count + i] / raster::kPi);
    }
    colours[3 * i] = sum.x;
    colours[3 * i + 1] = sum.y;
    colours[3 * i + 2] = sum.z;
  }
}
