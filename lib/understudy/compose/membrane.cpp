#include "understudy/compose/membrane.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/membrane_grid.h"
#include "understudy/core/error.h"

namespace understudy::compose {
namespace {

constexpr int kMostCycles = 24, kSweeps = 2, kSweepsAbove = 4, kSweepsAtTheTop = 20;
constexpr float kBeyond = 1.3f;    // successive over-relaxation, which the coarser grids' rough edges like
constexpr float kQuickest = 0.2f;  // factor by which a cycle's change is taken to fall at best
constexpr float kEnough =
    1.0f / 800;  // of the range: the error that is left, as far as the last changes tell

Color from_neighbours(const Cell* up, const Cell* here, const Cell* down, int x) {
  return up[x].ties.down * up[x].value + here[x].ties.down * down[x].value +
         here[x - 1].ties.right * here[x - 1].value + here[x].ties.right * here[x + 1].value;
}

/// What the pixel's equation lacks.
Color lacks(const Cell* up, const Cell* here, const Cell* down, int x) {
  return here[x].wanted + from_neighbours(up, here, down, x) - here[x].ties.sum * here[x].value;
}

/// Gauss-Seidel over every second pixel of a row.
void relax(Grid& grid, int y, int color) {
  if (y < 0 || y >= grid.size.height) return;
  const auto line = static_cast<std::size_t>(y);
  for (std::size_t i = grid.first_strip[line]; i < grid.first_strip[line + 1]; ++i) {
    const Grid::Strip& strip = grid.strips[i];
    const Cell *up = grid.cells.data() + strip.up, *down = grid.cells.data() + strip.down;
    Cell* here = grid.cells.data() + strip.here;
    for (int x = strip.begin + ((strip.begin + y + color) & 1); x < strip.end; x += 2)
      here[x].value += kBeyond * here[x].ties.inverse * lacks(up, here, down, x);
  }
}

/// Sweeps over one colour of the chessboard and then over the other, `count` times. Each pass follows the one
/// before a row behind, so that rows stay in the cache.
void sweep(Grid& grid, int count) {
  for (int y = 0; y < grid.size.height + 2 * count - 1; ++y)
    for (int pass = 0; pass < 2 * count; ++pass) relax(grid, y - pass, pass % 2);
}

using Picture = Color Cell::*;

/// The pixels beside the picture repeat its border.
void repeat_sides(Grid& grid, Picture picture) {
  for (int y = 0; y < grid.size.height; ++y)
    for (const Grid::Stored& at : grid.stored[static_cast<std::size_t>(y / kBlock)]) {
      Cell* cells = row(grid, y, at.begin);
      if (at.begin == 0) cells[-1].*picture = cells[0].*picture;
      if (at.end == grid.size.width) cells[at.end].*picture = cells[at.end - 1].*picture;
    }
}

/// The two coarse rows beside a fine one.
struct Beside {
  int near, far;
  Beside(int y, int rows) : near(y / 2), far(std::clamp(near + (y % 2 == 0 ? -1 : 1), 0, rows - 1)) {}
};

/// Calls put(x, color) with a row of a coarse picture enlarged to twice its size. A coarse pixel lies between
/// four fine ones, so 9, 3, 3 and 1 sixteenths of the four around each. `near` and `far` give the colours of
/// the coarse rows beside it. `begin` is even.
template <class Near, class Far, class Put>
void interpolate_row(Near&& near, Far&& far, int begin, int end, Put&& put) {
  const auto mixed = [&](int x) { return (3 * near(x) + far(x)) * (1.0f / 16); };
  Color left = mixed(begin / 2 - 1), here = mixed(begin / 2);
  for (int x = begin; x < end; x += 2) {
    const Color right = mixed(x / 2 + 1);
    put(x, 3 * here + left);
    if (x + 1 < end) put(x + 1, 3 * here + right);
    left = here;
    here = right;
  }
}

template <class Put>
void interpolate_row(const Grid& coarse, Picture picture, int y, int begin, int end, Put&& put) {
  const Beside beside(y, coarse.size.height);
  const Cell *near = row(coarse, beside.near, begin / 2), *far = row(coarse, beside.far, begin / 2);
  interpolate_row([&](int x) { return near[x].*picture; }, [&](int x) { return far[x].*picture; }, begin, end,
                  put);
}

constexpr Color kOne{1, 1, 1, 1};

/// Where the fine grid is active, the coarse one starts from its means, with such right sides that it would
/// stay there if the fine one lacked nothing (full approximation scheme, Brandt 1977).
void restrict_to(const Grid& fine, Grid& coarse) {
  for_rows(coarse.active, [&](int y, int begin, int end) {
    Cell* cells = row(coarse, y, begin);
    for (int x = begin; x < end; ++x) cells[x].wanted = Color{};
  });
  for_rows(coarse.covered, [&](int y, int begin, int end) {
    Cell* out = row(coarse, y, begin);
    for (int x = begin; x < end; ++x) out[x].value = out[x].change = Color{};
    for (int fine_y = 2 * y; fine_y < std::min(2 * y + 2, fine.size.height); ++fine_y) {
      const Cell *up = row(fine, fine_y - 1, 2 * begin), *here = row(fine, fine_y, 2 * begin),
                 *down = row(fine, fine_y + 1, 2 * begin);
      for (int x = 2 * begin; x < std::min(2 * end, fine.size.width); ++x) {
        out[x / 2].value += here[x].value;
        out[x / 2].wanted += lacks(up, here, down, x);
        out[x / 2].change += here[x].ties.sum > 0 ? kOne : Color{};
      }
    }
    for (int x = begin; x < end; ++x) out[x].value /= out[x].change > kOne ? out[x].change : kOne;
  });
  for_rows(coarse.covered, [&](int y, int begin, int end) {
    const Cell *up = row(coarse, y - 1, begin), *down = row(coarse, y + 1, begin);
    Cell* here = row(coarse, y, begin);
    for (int x = begin; x < end; ++x)
      here[x].wanted += here[x].ties.sum * here[x].value - from_neighbours(up, here, down, x);
  });
}

template <class Work>
void for_known(const Grid& grid, Work&& work) {
  for_rows(grid.active, work);
  for_rows(grid.frame, work);
}

class Solver {
 public:
  explicit Solver(std::vector<Grid>& grids) : grids_(grids) {}

  /// Cycles until the error is about `enough`.
  void solve(float enough) {
    float last = 0;
    for (int i = 0; i < kMostCycles; ++i) {
      const float change = cycle(0);
      // Changes fall by a constant factor at last: what is still to come is the sum of a geometric series.
      const float factor = i == 0 ? 1 : std::max(change / last, kQuickest);
      if (change == 0 || (factor < 1 && change * factor / (1 - factor) <= enough)) break;
      last = change;
    }
  }

 private:
  /// One V-cycle from that grid on; the largest change that the grids above it made.
  float cycle(std::size_t level) {
    Grid& grid = grids_[level];
    if (level + 1 == grids_.size()) {
      sweep(grid, kSweepsAtTheTop);
      return 0;
    }
    const int sweeps = level == 0 ? kSweeps : kSweepsAbove;
    sweep(grid, sweeps);
    Grid& coarse = grids_[level + 1];
    restrict_to(grid, coarse);
    for_known(coarse, [&](int y, int begin, int end) {
      Cell* cells = row(coarse, y, begin);
      for (int x = begin; x < end; ++x) cells[x].change = cells[x].value;
    });
    cycle(level + 1);
    const float largest = take_change(coarse);
    repeat_sides(coarse, &Cell::change);
    repeat_sides(coarse, &Cell::value);
    for_rows(grid.active, [&](int y, int begin, int end) {
      Cell* out = row(grid, y, begin);
      interpolate_row(coarse, &Cell::change, y, begin, end, [&](int x, Color color) {
        if (out[x].ties.sum > 0) out[x].value += color;
      });
    });
    for_rows(grid.frame, [&](int y, int begin, int end) {
      Cell* out = row(grid, y, begin);
      interpolate_row(coarse, &Cell::value, y, begin, end, [&](int x, Color color) { out[x].value = color; });
    });
    sweep(grid, sweeps);
    return largest;
  }

  /// Of the values since they were copied to `change`.
  static float take_change(Grid& grid) {
    Color largest{};
    for_known(grid, [&](int y, int begin, int end) {
      Cell* cells = row(grid, y, begin);
      for (int x = begin; x < end; ++x) {
        const Color change = cells[x].value - cells[x].change;
        const Color size = change < 0 ? -change : change;
        cells[x].change = change;
        largest = size > largest ? size : largest;
      }
    });
    return std::max({largest[0], largest[1], largest[2]});
  }

  std::vector<Grid>& grids_;
};

/// A picture of Color with a ring around it.
class Filled {
 public:
  Filled() = default;
  explicit Filled(cv::Size size) : picture_(size.height + 2, size.width + 2, CV_32FC4) {}
  Color* row(int y) { return reinterpret_cast<Color*>(picture_.ptr(y + 1)) + 1; }

  template <class Put>
  void interpolate_row(int y, int begin, int end, Put&& put) {
    const Beside beside(y, picture_.rows - 2);
    const Color *near = row(beside.near), *far = row(beside.far);
    compose::interpolate_row([&](int x) { return near[x]; }, [&](int x) { return far[x]; }, begin, end, put);
  }

  void repeat_sides() {
    const int cols = picture_.cols - 2;
    for (int y = 0; y < picture_.rows - 2; ++y) {
      row(y)[-1] = row(y)[0];
      row(y)[cols] = row(y)[cols - 1];
    }
  }

 private:
  cv::Mat picture_;
};

/// The second grid's values, with all that lies deep inside.
Filled filled(const std::vector<Grid>& grids) {
  Filled coarse;
  for (std::size_t level = grids.size(); level-- > 1;) {
    const Grid& grid = grids[level];
    Filled out(grid.size);
    for_rows(grid.active, [&](int y, int begin, int end) {
      const Cell* cells = row(grid, y, begin);
      for (int x = begin; x < end; ++x) out.row(y)[x] = cells[x].value;
    });
    for_rows(grid.deep, [&](int y, int begin, int end) {
      Color* pixels = out.row(y);
      coarse.interpolate_row(y, begin, end, [&](int x, Color color) { pixels[x] = color; });
    });
    out.repeat_sides();
    coarse = out;
  }
  return coarse;
}

/// `picture` holds the plate, and then the face where `inside` is.
void fill(const cv::Mat& face, const cv::Mat& inside, cv::Mat& picture) {
  Pyramid pyramid = membrane_pyramid(face, picture, inside);
  Solver(pyramid.grids).solve(kEnough * pyramid.range);
  const auto put = [&](cv::Vec3f& pixel, const cv::Vec3f& own, Color color) {
    color += pyramid.mean;
    for (int c = 0; c < 3; ++c) pixel[c] = own[c] + color[c];
  };
  const Grid& finest = pyramid.grids.front();
  for_rows(finest.active, [&](int y, int begin, int end) {
    auto* pixels = picture.ptr<cv::Vec3f>(y);
    const auto* own = face.ptr<cv::Vec3f>(y);
    const auto* marks = inside.ptr<std::uint8_t>(y);
    const Cell* cells = row(finest, y, begin);
    for (int x = begin; x < end; ++x)
      if (marks[x] != 0) put(pixels[x], own[x], cells[x].value);
  });
  if (finest.deep.empty()) return;
  Filled coarse = filled(pyramid.grids);
  for_rows(finest.deep, [&](int y, int begin, int end) {
    auto* pixels = picture.ptr<cv::Vec3f>(y);
    const auto* own = face.ptr<cv::Vec3f>(y);
    coarse.interpolate_row(y, begin, end, [&](int x, Color color) { put(pixels[x], own[x], color); });
  });
}

}  // namespace

cv::Mat seamless(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& inside) {
  if (face.type() != CV_32FC3 || plate.type() != CV_32FC3 || inside.type() != CV_8UC1 ||
      face.size() != plate.size() || plate.size() != inside.size())
    throw Error(ErrorCode::kBug, "seamless: expected two CV_32FC3 pictures and a CV_8UC1 mask of one size");
  const int unknown = cv::countNonZero(inside);
  if (unknown == 0) return plate.clone();
  if (unknown == inside.rows * inside.cols) return face.clone();
  cv::Mat out = plate.clone();
  // With the ring around the mask, where the plate's values stand that the face has to meet.
  const cv::Rect with_edge =
      (cv::boundingRect(inside) + cv::Size(2, 2) - cv::Point(1, 1)) & cv::Rect({}, inside.size());
  cv::Mat there = out(with_edge);
  fill(face(with_edge), inside(with_edge), there);
  return out;
}

}  // namespace understudy::compose
