// Walks over the pixels of triangles and ribbons.
#pragma once

#include <algorithm>

#include "raster.h"

namespace raster {

/// A point on a picture: pixels, and how near it is; `nearness` is linear over the picture.
struct Spot {
  float x, y, nearness;
};

/// Narrows [from, to] to where slope * x + offset >= 0.
inline void narrow(float slope, float offset, float& from, float& to) {
  if (slope > 0)
    from = std::max(from, -offset / slope);
  else if (slope < 0)
    to = std::min(to, -offset / slope);
  else if (offset < 0)
    to = from - 1;
}

/// Calls seen(x, y, weight of b, weight of c, nearness) for every pixel whose centre lies in the triangle.
template <class Seen>
void fill_triangle(Spot a, Spot b, Spot c, int width, int height, Seen&& seen) {
  const float area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
  if (!(std::fabs(area) > 1e-9f)) return;
  const int y0 = std::max(0, static_cast<int>(std::ceil(std::min({a.y, b.y, c.y}) - 0.5f)));
  const int y1 = std::min(height - 1, static_cast<int>(std::floor(std::max({a.y, b.y, c.y}) - 0.5f)));
  if (y0 > y1) return;
  const float left = std::min({a.x, b.x, c.x}), right = std::max({a.x, b.x, c.x}), scale = 1 / area;
  const float b_dx = (c.y - a.y) * scale, b_dy = -(c.x - a.x) * scale;
  const float c_dx = -(b.y - a.y) * scale, c_dy = (b.x - a.x) * scale;
  for (int y = y0; y <= y1; ++y) {
    const float py = static_cast<float>(y) + 0.5f - a.y;
    // The part of the row inside: where wb >= 0, wc >= 0 and wb + wc <= 1.
    float from = left - a.x, to = right - a.x;
    narrow(b_dx, py * b_dy, from, to);
    narrow(c_dx, py * c_dy, from, to);
    narrow(-b_dx - c_dx, 1 - py * (b_dy + c_dy), from, to);
    const int x0 = std::max(0, static_cast<int>(std::ceil(from + a.x - 0.5f)));
    const int x1 = std::min(width - 1, static_cast<int>(std::floor(to + a.x - 0.5f)));
    for (int x = x0; x <= x1; ++x) {
      const float px = static_cast<float>(x) + 0.5f - a.x;
      const float wb = px * b_dx + py * b_dy, wc = px * c_dx + py * c_dy;
      seen(x, y, wb, wc, a.nearness + wb * (b.nearness - a.nearness) + wc * (c.nearness - a.nearness));
    }
  }
}

/// Calls seen(x, y, across -1..1, along 0..1, nearness) for the pixels of a ribbon from a to b. The sides are
/// the unit vectors across it, the halves its half widths in pixels.
template <class Seen>
void fill_ribbon(Spot a, Spot b, const float (&side_a)[2], const float (&side_b)[2], float half_a,
                 float half_b, int width, int height, Seen&& seen) {
  const Spot a0{a.x - side_a[0] * half_a, a.y - side_a[1] * half_a, a.nearness};
  const Spot a1{a.x + side_a[0] * half_a, a.y + side_a[1] * half_a, a.nearness};
  const Spot b0{b.x - side_b[0] * half_b, b.y - side_b[1] * half_b, b.nearness};
  const Spot b1{b.x + side_b[0] * half_b, b.y + side_b[1] * half_b, b.nearness};
  fill_triangle(a0, a1, b1, width, height, [&](int x, int y, float wb, float wc, float nearness) {
    seen(x, y, 2 * (wb + wc) - 1, wc, nearness);
  });
  fill_triangle(a0, b1, b0, width, height, [&](int x, int y, float wb, float wc, float nearness) {
    seen(x, y, 2 * wb - 1, wb + wc, nearness);
  });
}

/// The unit vector across a strand that runs from one point of the picture to another.
inline void side_of(Spot from, Spot to, float (&side)[2]) {
  const float dx = to.x - from.x, dy = to.y - from.y, length = std::sqrt(dx * dx + dy * dy);
  side[0] = length > 1e-6f ? -dy / length : 1;
  side[1] = length > 1e-6f ? dx / length : 0;
}

}  // namespace raster
