// Depth maps as a lamp or a direction sees them, in parallel projection, and how much light they let through.
#include <vector>

#include "fill.h"

namespace raster {
namespace {

constexpr float kThinnest = 0.6f;  // half width of a strand in the map's pixels

/// rows: 3x4; a point's map pixel and its distance along the light.
struct View {
  const float* rows;
  Vec operator()(Vec p) const {
    const auto row = [&](int i) { return dot(at(rows + 4 * i, 0), p) + rows[4 * i + 3]; };
    return {row(0), row(1), row(2)};
  }
};

Spot spot(Vec seen) {
  return {seen.x, seen.y, -seen.z};
}

/// A depth map that says how much of what is deeper than itself a point lies.
struct Map {
  const float* depths;
  int size;

  float depth(float x, float y) const {
    const int ix = std::clamp(static_cast<int>(x), 0, size - 1),
              iy = std::clamp(static_cast<int>(y), 0, size - 1);
    return depths[iy * size + ix];
  }
};

/// The k-th of n points spread evenly over the unit disc.
void disc_point(int k, int n, float& x, float& y) {
  const float radius = std::sqrt((static_cast<float>(k) + 0.5f) / static_cast<float>(n));
  const float angle = 2.39996323f * static_cast<float>(k);
  x = radius * std::cos(angle);
  y = radius * std::sin(angle);
}

}  // namespace
}  // namespace raster

using raster::Vec;

/// Fills depths (size x size) with the distance of the nearest surface; strands are widened by `widen`, and
/// only every `stride`-th segment of them is drawn.
extern "C" void map_depths(const float* rows, std::int32_t size, const raster::Mesh* mesh,
                           std::int32_t vertex_count, const raster::Strands* strands, float pixels_per_length,
                           float widen, std::int32_t stride, float* depths) {
  const raster::View view{rows};
  std::fill(depths, depths + size * size, 1e9f);
  const auto put = [&](int x, int y, float, float, float nearness) {
    float& depth = depths[y * size + x];
    depth = std::min(depth, -nearness);
  };
  std::vector<raster::Spot> spots(static_cast<std::size_t>(vertex_count));
  for (int i = 0; i < vertex_count; ++i)
    spots[static_cast<std::size_t>(i)] = raster::spot(view(raster::at(mesh->positions, i)));
  for (int t = 0; t < mesh->triangle_count; ++t) {
    const std::int32_t* corners = mesh->triangles + 3 * t;
    if (mesh->cut[corners[0]] > 0) continue;
    const auto seen = [&](int k) { return spots[static_cast<std::size_t>(corners[k])]; };
    raster::fill_triangle(seen(0), seen(1), seen(2), size, size, put);
  }
  for (int s = 0; s < strands->segment_count; s += stride) {
    const int ia = strands->segments[2 * s], ib = strands->segments[2 * s + 1];
    const auto a = raster::spot(view(raster::at(strands->points, ia)));
    const auto b = raster::spot(view(raster::at(strands->points, ib)));
    float side[2];
    raster::side_of(a, b, side);
    const float half = std::max(strands->radii[ia] * pixels_per_length * widen, raster::kThinnest);
    raster::fill_ribbon(a, b, side, side, half, half, size, size, put);
  }
}

/// Sets lit[i] to the part of the light that reaches point i, 0..1. Blockers nearer than `bias` do not count;
/// `spread` is the shadow's softness: map pixels of half-shadow per distance from the blocker; `reach` the
/// largest such radius.
extern "C" void lit_points(const float* rows, std::int32_t size, const float* depths, const float* points,
                           std::int32_t count, float bias, float spread, float reach, std::int32_t taps,
                           float* lit) {
  const raster::View view{rows};
  const raster::Map map{depths, size};
  float xs[64], ys[64];
  taps = std::min<std::int32_t>(taps, 64);
  for (int k = 0; k < taps; ++k) raster::disc_point(k, taps, xs[k], ys[k]);
  for (int i = 0; i < count; ++i) {
    const Vec seen = view(raster::at(points, i));
    const float limit = seen.z - bias;
    float blockers = 0, gap = 0;
    for (int k = 0; k < taps; ++k) {
      const float depth = map.depth(seen.x + reach * xs[k], seen.y + reach * ys[k]);
      if (depth >= limit) continue;
      blockers += 1;
      gap += seen.z - depth;
    }
    if (blockers == 0) {
      lit[i] = 1;
      continue;
    }
    const float radius = std::clamp(spread * gap / blockers, 1.0f, reach);
    float through = 0;
    for (int k = 0; k < taps; ++k)
      through +=
          raster::clamp01((map.depth(seen.x + radius * xs[k], seen.y + radius * ys[k]) - limit) / bias + 1);
    lit[i] = through / static_cast<float>(taps);
  }
}

/// Adds to open[i] and weight[i] what a direction's map says of point i: whether it is free, weighted with
/// the cosine to its normal (without normals: 1).
extern "C" void add_openness(const float* rows, std::int32_t size, const float* depths, const float* points,
                             const float* normals, const float* toward, std::int32_t count, float bias,
                             float* open, float* weight) {
  const raster::View view{rows};
  const raster::Map map{depths, size};
  for (int i = 0; i < count; ++i) {
    const float cosine = normals ? raster::dot(raster::at(normals, i), raster::at(toward, 0)) : 1;
    if (cosine <= 0) continue;
    const Vec seen = view(raster::at(points, i));
    weight[i] += cosine;
    if (map.depth(seen.x, seen.y) >= seen.z - bias) open[i] += cosine;
  }
}
