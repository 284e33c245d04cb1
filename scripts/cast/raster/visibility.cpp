// What the camera sees at each sample.
#include <vector>

#include "fill.h"

namespace raster {
namespace {

constexpr float kThinnest = 0.5f;  // half width in samples; thinner strands leave out samples instead
constexpr float kTangentStep = 0.01f;
// Strands count as nearer by this part, so that hairs that lie on the skin are not lost in it.
constexpr float kStrandLift = 1.0007f;

Spot project(const Camera& camera, Vec point) {
  const Vec from_eye = point - at(camera.eye, 0);
  const float nearness = 1 / std::max(-dot(at(camera.axes, 2), from_eye), 1e-3f);
  return {static_cast<float>(camera.width) / 2 + camera.focal * dot(at(camera.axes, 0), from_eye) * nearness,
          static_cast<float>(camera.height) / 2 - camera.focal * dot(at(camera.axes, 1), from_eye) * nearness,
          nearness};
}

/// A number that is the same for a strand's segment and a sample every time, 0..1.
float chance(int segment, int x, int y) {
  std::uint32_t bits = static_cast<std::uint32_t>(segment) * 2654435761u ^
                       static_cast<std::uint32_t>(x) * 2246822519u ^
                       static_cast<std::uint32_t>(y) * 3266489917u;
  bits = (bits ^ (bits >> 15)) * 2246822519u;
  bits ^= bits >> 13;
  return static_cast<float>(bits & 0xffffff) / static_cast<float>(0x1000000);
}

class Canvas {
 public:
  Canvas(const Camera& camera, Hit* hits)
      : camera_(camera),
        hits_(hits),
        nearness_(static_cast<std::size_t>(camera.width) * static_cast<std::size_t>(camera.height), 0.f) {
    std::fill(hits, hits + nearness_.size(), Hit{-1, 0, 0});
  }

  void draw(const Mesh& mesh, int vertex_count) {
    std::vector<Spot> spots(static_cast<std::size_t>(vertex_count));
    for (int i = 0; i < vertex_count; ++i)
      spots[static_cast<std::size_t>(i)] = project(camera_, at(mesh.positions, i));
    for (int t = 0; t < mesh.triangle_count; ++t) draw_triangle(mesh, spots, t);
  }

  void draw(const Strands& strands, int point_count, int first_primitive) {
    std::vector<Spot> spots(static_cast<std::size_t>(point_count)), ahead(spots.size());
    for (int i = 0; i < point_count; ++i) {
      const Vec point = at(strands.points, i);
      spots[static_cast<std::size_t>(i)] = project(camera_, point);
      ahead[static_cast<std::size_t>(i)] = project(camera_, point + at(strands.tangents, i) * kTangentStep);
    }
    for (int s = 0; s < strands.segment_count; ++s) {
      const int ia = strands.segments[2 * s], ib = strands.segments[2 * s + 1];
      const Spot a = spots[static_cast<std::size_t>(ia)], b = spots[static_cast<std::size_t>(ib)];
      float side_a[2], side_b[2];
      side_of(a, ahead[static_cast<std::size_t>(ia)], side_a);
      side_of(b, ahead[static_cast<std::size_t>(ib)], side_b);
      const float half_a = strands.radii[ia] * camera_.focal * a.nearness;
      const float half_b = strands.radii[ib] * camera_.focal * b.nearness;
      const auto see = [&](int x, int y, float across, float along, float nearness) {
        const float half = half_a + along * (half_b - half_a);
        if (half < kThinnest && chance(s, x, y) > half / kThinnest) return;
        put(x, y, nearness * kStrandLift, {first_primitive + s, across, along});
      };
      fill_ribbon(a, b, side_a, side_b, std::max(half_a, kThinnest), std::max(half_b, kThinnest),
                  camera_.width, camera_.height, see);
    }
  }

 private:
  void draw_triangle(const Mesh& mesh, const std::vector<Spot>& spots, int t) {
    const std::int32_t* corners = mesh.triangles + 3 * t;
    const Spot a = spots[static_cast<std::size_t>(corners[0])],
               b = spots[static_cast<std::size_t>(corners[1])],
               c = spots[static_cast<std::size_t>(corners[2])];
    const float cut_a = mesh.cut[corners[0]], cut_b = mesh.cut[corners[1]], cut_c = mesh.cut[corners[2]];
    const bool has_hole = std::max({cut_a, cut_b, cut_c}) > 0;
    fill_triangle(a, b, c, camera_.width, camera_.height,
                  [&](int x, int y, float wb, float wc, float nearness) {
                    const float u = wb * b.nearness / nearness, v = wc * c.nearness / nearness;
                    if (has_hole && cut_a + u * (cut_b - cut_a) + v * (cut_c - cut_a) > 0) return;
                    put(x, y, nearness, {t, u, v});
                  });
  }

  void put(int x, int y, float nearness, Hit hit) {
    const auto i =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(camera_.width) + static_cast<std::size_t>(x);
    if (nearness <= nearness_[i]) return;
    nearness_[i] = nearness;
    hits_[i] = hit;
  }

  const Camera& camera_;
  Hit* hits_;
  std::vector<float> nearness_;
};

}  // namespace
}  // namespace raster

/// Fills hits (height x width of the camera's samples).
extern "C" void look(const raster::Camera* camera, const raster::Mesh* mesh, std::int32_t vertex_count,
                     const raster::Strands* strands, std::int32_t point_count, raster::Hit* hits) {
  raster::Canvas canvas(*camera, hits);
  canvas.draw(*mesh, vertex_count);
  canvas.draw(*strands, point_count, mesh->triangle_count);
}
