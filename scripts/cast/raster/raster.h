// Types shared by the rasteriser's files. All arrays come from and belong to the caller; points are in body
// axes.
#pragma once

#include <cmath>
#include <cstdint>

namespace raster {

struct Vec {
  float x, y, z;
  Vec operator+(Vec o) const { return {x + o.x, y + o.y, z + o.z}; }
  Vec operator-(Vec o) const { return {x - o.x, y - o.y, z - o.z}; }
  Vec operator*(Vec o) const { return {x * o.x, y * o.y, z * o.z}; }
  Vec operator*(float k) const { return {x * k, y * k, z * k}; }
};

inline Vec at(const float* triples, int i) {
  return {triples[3 * i], triples[3 * i + 1], triples[3 * i + 2]};
}
inline float dot(Vec a, Vec b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vec cross(Vec a, Vec b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline Vec unit(Vec a) {
  return a * (1 / std::sqrt(dot(a, a) + 1e-20f));
}
inline float clamp01(float x) {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

constexpr int kMaxLights = 4;

/// What a surface's vertex carries; all of it is interpolated over a triangle.
struct Attributes {
  Vec normal, albedo, irradiance;  ///< irradiance: of all lights together, divided by pi
  float specular;                  ///< reflectance straight on
  float roughness, mask, openness;
  float lit[kMaxLights];  ///< the part of each light that gets here, 0..1
  float u, v;
};
constexpr int kAttributeCount = sizeof(Attributes) / sizeof(float);

/// Triangles from `first_textured` on take their albedo from the texture. Where `cut` is above 0 there is a
/// hole.
struct Mesh {
  const float* positions;
  const Attributes* attributes;
  const float* cut;
  const std::int32_t* triangles;
  std::int32_t triangle_count, first_textured;
};

/// Hairs as ribbons that face the camera, of segments between points; colours are what they send to the
/// camera.
struct Strands {
  const float *points, *tangents, *radii, *colours, *mask;
  const std::int32_t* segments;
  std::int32_t segment_count;
};

/// axes: rows right, up, back; focal and the picture's size in samples.
struct Camera {
  float eye[3], axes[9], focal;
  std::int32_t width, height;
};

struct Lights {
  float position[kMaxLights][3], power[kMaxLights][3], size[kMaxLights];
  float ambient[3];
  std::int32_t count;
};

/// RGB, linear.
struct Texture {
  const float* texels;
  std::int32_t width, height;
};

/// What is seen at a sample: a triangle (its second and third corner's weights), or after the triangles a
/// strand's segment (u across from -1 to 1, v along from 0 to 1); -1 for nothing.
struct Hit {
  std::int32_t primitive;
  float u, v;
};

}  // namespace raster
