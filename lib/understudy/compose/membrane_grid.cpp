#include "understudy/compose/membrane_grid.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace understudy::compose {
namespace {

constexpr int kReach = 2;        // blocks: nearer to the edge than this a grid is solved,
constexpr int kFinestReach = 1;  // the finest one
constexpr int kNarrow = 8;       // blocks
constexpr int kSmallest = 2;     // side of the last grid

/// Which blocks of `size` x `size` pixels hold a mark.
cv::Mat marked_blocks(const cv::Mat& marks, int size) {
  cv::Mat out = cv::Mat::zeros((marks.rows + size - 1) / size, (marks.cols + size - 1) / size, CV_8UC1);
  std::vector<std::uint8_t> any(static_cast<std::size_t>(out.cols) * static_cast<std::size_t>(size));
  for (int y = 0; y < out.rows; ++y) {
    std::ranges::fill(any, std::uint8_t{0});
    for (int k = y * size; k < std::min((y + 1) * size, marks.rows); ++k) {
      const auto* from = marks.ptr(k);
      for (int x = 0; x < marks.cols; ++x) any[static_cast<std::size_t>(x)] |= from[x];
    }
    for (std::size_t x = 0; x < any.size(); ++x) out.ptr(y)[x / static_cast<std::size_t>(size)] |= any[x];
  }
  return out;
}

cv::Mat widened(const cv::Mat& blocks, int reach) {
  cv::Mat out;
  cv::dilate(blocks, out, cv::getStructuringElement(cv::MORPH_RECT, {2 * reach + 1, 2 * reach + 1}));
  return out;
}

std::vector<cv::Rect> rectangles_of(const cv::Mat& blocks, int block, cv::Size size) {
  std::vector<cv::Rect> out;
  for (int y = 0; y < blocks.rows; ++y) {
    const auto* marks = blocks.ptr(y);
    for (int x = 0; x < blocks.cols; ++x) {
      const int begin = x;
      while (x < blocks.cols && marks[x] != 0) ++x;
      if (x > begin)
        out.push_back(cv::Rect(begin * block, y * block, (x - begin) * block, block) & cv::Rect({}, size));
    }
  }
  return out;
}

/// The blocks of one level, CV_8UC1, 255 or 0.
struct Blocks {
  cv::Mat given, unknown;  ///< with at least one such pixel
  cv::Mat active(int reach) const {
    // In a narrow picture free borders are near everywhere, and little is saved.
    if (std::min(unknown.rows, unknown.cols) <= kNarrow) return unknown;
    return widened(given, reach) & unknown;
  }
};

void list_strips(Grid& grid) {
  auto first = grid.active.begin();
  for (int y = 0; y < grid.size.height; ++y) {
    grid.first_strip.push_back(grid.strips.size());
    while (first != grid.active.end() && first->y + first->height <= y) ++first;
    for (auto r = first; r != grid.active.end() && r->y <= y; ++r) {
      const auto place = [&](int at) { return row(grid, at, r->x) - grid.cells.data(); };
      grid.strips.push_back({r->x, r->x + r->width, place(y), place(y - 1), place(y + 1)});
    }
  }
  grid.first_strip.push_back(grid.strips.size());
}

/// An empty grid, all zeros.
Grid make_grid(cv::Size size, const cv::Mat& active, const cv::Mat& unknown) {
  Grid grid;
  grid.size = size;
  const cv::Mat around = widened(active, 1), deep = unknown & ~active;
  grid.active = rectangles_of(active, kBlock, size);
  grid.frame = rectangles_of(around & deep, kBlock, size);
  grid.deep = rectangles_of(deep, kBlock, size);
  grid.stored.resize(static_cast<std::size_t>(around.rows));
  std::size_t count = 0;
  for (const cv::Rect& r : rectangles_of(around, kBlock, size)) {
    grid.stored[static_cast<std::size_t>(r.y / kBlock)].push_back({r.x, r.x + r.width, count});
    count += static_cast<std::size_t>((r.width + 2) * r.height);
  }
  grid.outside = count;
  grid.cells.resize(count + static_cast<std::size_t>(size.width) + 2);
  list_strips(grid);
  return grid;
}

/// The tie to what is given.
float given_tie(const Cell* row, const Cell* above, int x) {
  const Ties& ties = row[x].ties;
  return ties.sum - ties.right - ties.down - row[x - 1].ties.right - above[x].ties.down;
}

/// Fills the equations of the finest grid: every pixel is the mean of its neighbours.
class Finest {
 public:
  Finest(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& inside, Pyramid& pyramid)
      : face_(face), plate_(plate), inside_(inside), grid_(pyramid.grids.front()) {
    for (const auto* where : {&grid_.active, &grid_.frame})
      for_rows(*where, [this](int y, int begin, int end) { tie_row(y, begin, end); });
    pyramid.mean = sum_ / count_;
    for (int c = 0; c < 3; ++c) pyramid.range = std::max(pyramid.range, high_[c] - low_[c]);
    for_rows(grid_.active, [&](int y, int begin, int end) {
      Cell *cells = row(grid_, y, begin), *above = row(grid_, y - 1, begin);
      for (int x = begin; x < end; ++x) cells[x].wanted -= given_tie(cells, above, x) * pyramid.mean;
    });
  }

 private:
  void tie_row(int y, int begin, int end) {
    const auto* marks = inside_.ptr(y);
    Cell* cells = row(grid_, y, begin);
    for (int x = begin; x < end; ++x) {
      if (marks[x] == 0) continue;
      Cell& cell = cells[x];
      cell.ties.right = x + 1 < grid_.size.width ? listens(cell, x + 1, y) : 0;
      cell.ties.down = y + 1 < grid_.size.height ? listens(cell, x, y + 1) : 0;
      if (x > 0) listens(cell, x - 1, y);
      if (y > 0) listens(cell, x, y - 1);
      cell.ties.inverse = cell.ties.sum > 0 ? 1 / cell.ties.sum : 0;
    }
  }

  /// The tie to a neighbour if it is unknown; what a given one says goes into `wanted`.
  float listens(Cell& cell, int x, int y) {
    cell.ties.sum += 1;
    if (inside_.ptr(y)[x] != 0) return 1;
    const auto &bgr = plate_.ptr<cv::Vec3f>(y)[x], &own = face_.ptr<cv::Vec3f>(y)[x];
    const Color given{bgr[0] - own[0], bgr[1] - own[1], bgr[2] - own[2], 0};
    cell.wanted += given;
    low_ = count_ == 0 || given < low_ ? given : low_;
    high_ = count_ == 0 || given > high_ ? given : high_;
    sum_ += given;
    count_ += 1;
    return 0;
  }

  const cv::Mat &face_, &plate_, &inside_;
  Grid& grid_;
  Color low_{}, high_{}, sum_{};
  float count_ = 0;
};

/// How many of a coarse pixel's fine rows or columns there are, as a part of those it could have.
float share(int place, int level, int side) {
  const int begin = place << level;
  return static_cast<float>(std::min(begin + (1 << level), side) - begin) / static_cast<float>(1 << level);
}

/// The ties of a coarse pixel: half of those that cross its sides, since twice as far, and what is given in
/// line with the way to it.
Ties coarse_ties(const Grid& fine, int x, int y) {
  float right = 0, down = 0, given = 0;
  int unknown = 0;
  for (int fine_y = 2 * y; fine_y < std::min(2 * y + 2, fine.size.height); ++fine_y) {
    const Cell *cells = row(fine, fine_y, 2 * x), *above = row(fine, fine_y - 1, 2 * x);
    for (int fine_x = 2 * x; fine_x < std::min(2 * x + 2, fine.size.width); ++fine_x) {
      const Ties& t = cells[fine_x].ties;
      if (t.sum == 0) continue;
      ++unknown;
      if (fine_x % 2 != 0) right += t.right / 2;
      if (fine_y % 2 != 0) down += t.down / 2;
      given += given_tie(cells, above, fine_x);
    }
  }
  // Pixels side by side at an edge lie a quarter of their width farther from it than the finer ones did.
  // Where the edge is no line, a weaker tie than this could carry corrections too far.
  const float farther = static_cast<float>(std::max(0, unknown - 2)) / 8;
  return {right, down, given / (1 + std::min(given, 1.0f) * farther), unknown > 0 ? 1.0f : 0.0f};
}

/// Fills a grid's equations from the finer one's. `given` are the finer grid's blocks.
void coarsen(const Grid& fine, const cv::Mat& given, int level, cv::Size finest, Grid& coarse) {
  const auto fill = [&](const std::vector<cv::Rect>& where, auto&& ties_of) {
    for_rows(where, [&](int y, int begin, int end) {
      Cell* cells = row(coarse, y, begin);
      for (int x = begin; x < end; ++x) cells[x].ties = ties_of(x, y);
    });
  };
  const cv::Size last(coarse.size.width - 1, coarse.size.height - 1);
  const auto plain = [&](int x, int y) -> Ties {
    if (given.at<std::uint8_t>(2 * y / kBlock, 2 * x / kBlock) != 0) return {};
    return {x == last.width ? 0 : share(y, level, finest.height),
            y == last.height ? 0 : share(x, level, finest.width), 0, 1};
  };
  fill(coarse.active, plain);
  fill(coarse.frame, plain);
  fill(coarse.covered, [&](int x, int y) { return coarse_ties(fine, x, y); });
  for_rows(coarse.active, [&](int y, int begin, int end) {
    Cell *cells = row(coarse, y, begin), *above = row(coarse, y - 1, begin);
    for (int x = begin; x < end; ++x) {
      Ties& ties = cells[x].ties;
      if (ties.inverse == 0) continue;
      ties.sum += ties.right + ties.down + cells[x - 1].ties.right + above[x].ties.down;
      ties.inverse = ties.sum > 0 ? 1 / ties.sum : 0;
    }
  });
}

}  // namespace

Pyramid membrane_pyramid(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& inside) {
  Pyramid pyramid;
  Blocks blocks{marked_blocks(inside == 0, kBlock), marked_blocks(inside != 0, kBlock)};
  cv::Mat active = blocks.active(kFinestReach);
  pyramid.grids.push_back(make_grid(face.size(), active, blocks.unknown));
  Finest(face, plate, inside, pyramid);
  for (int level = 1; std::max(pyramid.grids.back().size.width, pyramid.grids.back().size.height) > kSmallest;
       ++level) {
    const Grid& fine = pyramid.grids.back();
    const cv::Size size((fine.size.width + 1) / 2, (fine.size.height + 1) / 2);
    const cv::Mat fine_given = blocks.given, fine_active = active;
    blocks = {marked_blocks(blocks.given, 2), marked_blocks(blocks.unknown, 2)};
    active = blocks.active(kReach);
    Grid coarse = make_grid(size, active, blocks.unknown);
    coarse.covered = rectangles_of(fine_active, kBlock / 2, size);
    coarsen(fine, fine_given, level, face.size(), coarse);
    pyramid.grids.push_back(std::move(coarse));
  }
  return pyramid;
}

}  // namespace understudy::compose
