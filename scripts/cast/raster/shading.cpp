// From what each sample sees to the picture's pixels.
#include <algorithm>

#include "light.h"

namespace raster {
namespace {

constexpr float kBrightest = 4;  // a sample's largest value, so that one highlight does not fill its pixel

Attributes interpolated(const Mesh& mesh, const std::int32_t* corners, float u, float v) {
  Attributes out;
  const auto values = [&](int k) { return reinterpret_cast<const float*>(mesh.attributes + corners[k]); };
  const float *a = values(0), *b = values(1), *c = values(2), weight = 1 - u - v;
  float* to = reinterpret_cast<float*>(&out);
  for (int i = 0; i < kAttributeCount; ++i) to[i] = weight * a[i] + u * b[i] + v * c[i];
  return out;
}

Vec texel(const Texture& texture, float u, float v) {
  const float x = clamp01(u) * static_cast<float>(texture.width - 1),
              y = clamp01(v) * static_cast<float>(texture.height - 1);
  const int x0 = std::min(static_cast<int>(x), texture.width - 2),
            y0 = std::min(static_cast<int>(y), texture.height - 2);
  const float fx = x - static_cast<float>(x0), fy = y - static_cast<float>(y0);
  const auto get = [&](int dx, int dy) { return at(texture.texels, (y0 + dy) * texture.width + x0 + dx); };
  return (get(0, 0) * (1 - fx) + get(1, 0) * fx) * (1 - fy) + (get(0, 1) * (1 - fx) + get(1, 1) * fx) * fy;
}

float fresnel(float straight, float cosine) {
  const float x = 1 - cosine, x2 = x * x;
  return straight + (1 - straight) * x2 * x2 * x;
}

/// The GGX reflection of a lamp, its lobe widened by the lamp's size.
float glint(const Beam& beam, Vec normal, Vec to_eye, float specular, float roughness) {
  const float facing = dot(normal, beam.direction), seen = std::max(dot(normal, to_eye), 0.05f);
  if (facing <= 0) return 0;
  const Vec half = unit(beam.direction + to_eye);
  const float across = clamp01(dot(normal, half)), alpha = roughness * roughness;
  const float squared = alpha * alpha + beam.half_angle * beam.half_angle / 4;
  const float bottom = across * across * (squared - 1) + 1;
  const float k = alpha / 2;
  const float shadowing = 1 / ((facing * (1 - k) + k) * (seen * (1 - k) + k));
  return squared / (kPi * bottom * bottom) * fresnel(specular, clamp01(dot(half, to_eye))) * shadowing / 4 *
         facing;
}

struct Shader {
  const Camera& camera;
  const Mesh& mesh;
  const Strands& strands;
  const Lights& lights;
  const Texture& texture;

  Vec surface(const Hit& hit, float& mask) const {
    const std::int32_t* corners = mesh.triangles + 3 * hit.primitive;
    const Attributes a = interpolated(mesh, corners, hit.u, hit.v);
    const auto corner = [&](int k) { return at(mesh.positions, corners[k]); };
    const Vec position = corner(0) * (1 - hit.u - hit.v) + corner(1) * hit.u + corner(2) * hit.v;
    const Vec to_eye = unit(at(camera.eye, 0) - position), normal = unit(a.normal);
    const Vec albedo = hit.primitive < mesh.first_textured ? a.albedo : texel(texture, a.u, a.v);
    const float edge = fresnel(a.specular, clamp01(dot(normal, to_eye))) * (1 - 0.7f * a.roughness);
    Vec colour = albedo * a.irradiance + at(lights.ambient, 0) * (edge * a.openness * a.openness);
    const float uncreased = clamp01(1.6f * a.openness - 0.3f);  // creases would sparkle
    for (int k = 0; k < lights.count; ++k) {
      if (a.lit[k] <= 0) continue;
      const Beam lamp = beam(lights, k, position);
      colour = colour + lamp.irradiance *
                            (a.lit[k] * uncreased * glint(lamp, normal, to_eye, a.specular, a.roughness));
    }
    mask = a.mask;
    return colour;
  }

  /// A ribbon is a little darker at its sides, as a round hair is.
  Vec strand(const Hit& hit, float& mask) const {
    const std::int32_t* ends = strands.segments + 2 * (hit.primitive - mesh.triangle_count);
    mask = strands.mask[ends[0]];
    const Vec colour = at(strands.colours, ends[0]) * (1 - hit.v) + at(strands.colours, ends[1]) * hit.v;
    return colour * (1.1f - 0.3f * hit.u * hit.u);
  }
};

}  // namespace
}  // namespace raster

/// Averages `each` x `each` samples a pixel into picture (height x width x 4: linear RGB times coverage,
/// coverage) and mask (height x width, the visible part of the face).
extern "C" void shade(const raster::Camera* camera, const raster::Mesh* mesh, const raster::Strands* strands,
                      const raster::Lights* lights, const raster::Texture* texture, const raster::Hit* hits,
                      std::int32_t each, float* picture, float* mask) {
  const raster::Shader shader{*camera, *mesh, *strands, *lights, *texture};
  const int width = camera->width / each, height = camera->height / each;
  const float share = 1 / static_cast<float>(each * each);
  std::fill(picture, picture + 4 * width * height, 0.f);
  std::fill(mask, mask + width * height, 0.f);
  for (int y = 0; y < height * each; ++y) {
    for (int x = 0; x < width * each; ++x) {
      const raster::Hit& hit = hits[y * camera->width + x];
      if (hit.primitive < 0) continue;
      float in_mask = 0;
      const raster::Vec colour =
          hit.primitive < mesh->triangle_count ? shader.surface(hit, in_mask) : shader.strand(hit, in_mask);
      const int pixel = (y / each) * width + x / each;
      float* to = picture + 4 * pixel;
      to[0] += share * std::min(colour.x, raster::kBrightest);
      to[1] += share * std::min(colour.y, raster::kBrightest);
      to[2] += share * std::min(colour.z, raster::kBrightest);
      to[3] += share;
      mask[pixel] += share * in_mask;
    }
  }
}
