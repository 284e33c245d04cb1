// Sums over neighbouring vertices: subdivision, smoothing and normals.
#include "raster.h"

/// out[r] = sum of weights[k] * in[columns[k]] for k from starts[r] to starts[r + 1]; `width` values a row.
extern "C" void apply_rows(const std::int32_t* starts, const std::int32_t* columns, const float* weights,
                           std::int32_t rows, const float* in, std::int32_t width, float* out) {
  for (int r = 0; r < rows; ++r) {
    float* to = out + r * width;
    for (int i = 0; i < width; ++i) to[i] = 0;
    for (int k = starts[r]; k < starts[r + 1]; ++k) {
      const float* from = in + columns[k] * width;
      for (int i = 0; i < width; ++i) to[i] += weights[k] * from[i];
    }
  }
}

/// Sets the unit normals of vertices, weighted with the areas of the triangles around them.
extern "C" void unit_normals(const float* positions, std::int32_t count, const std::int32_t* triangles,
                             std::int32_t triangle_count, float* normals) {
  using raster::Vec;
  for (int i = 0; i < 3 * count; ++i) normals[i] = 0;
  for (int t = 0; t < triangle_count; ++t) {
    const std::int32_t* corners = triangles + 3 * t;
    const Vec a = raster::at(positions, corners[0]);
    const Vec normal =
        raster::cross(raster::at(positions, corners[1]) - a, raster::at(positions, corners[2]) - a);
    for (int k = 0; k < 3; ++k) {
      float* to = normals + 3 * corners[k];
      to[0] += normal.x;
      to[1] += normal.y;
      to[2] += normal.z;
    }
  }
  for (int i = 0; i < count; ++i) {
    const Vec normal = raster::unit(raster::at(normals, i));
    normals[3 * i] = normal.x;
    normals[3 * i + 1] = normal.y;
    normals[3 * i + 2] = normal.z;
  }
}
