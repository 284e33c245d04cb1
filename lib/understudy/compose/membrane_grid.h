#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <utility>
#include <vector>

namespace understudy::compose {

/// B, G, R and one that is not used: a colour in one register.
using Color [[gnu::vector_size(16)]] = float;

/// How much a pixel of a grid listens to others: to its right and lower neighbours, which listen to it as
/// much, and in all, what is given at the edge included. All are 0 where the value is given.
struct Ties {
  float right, down, sum;
  float inverse;  ///< of sum
};

/// A pixel of a grid, one line of the cache.
struct Cell {
  Color value;   ///< 0 where it is given, since what is given stands in `wanted`
  Color wanted;  ///< the right side: sum * value less the ties times the neighbours' values
  Color change;  ///< of `value` by the grids above
  Ties ties;
};

/// The equations of one level. Only what lies near the edge has cells: its rectangles and a pixel around
/// them.
struct Grid {
  struct Stored {
    int begin, end;      ///< columns
    std::size_t offset;  ///< in `cells`, of the first row
  };

  /// A row of an active rectangle: cells[place + x], and those above and below it.
  struct Strip {
    int begin, end;  ///< columns
    std::ptrdiff_t here, up, down;
  };

  cv::Size size;
  std::vector<cv::Rect> active;             ///< near the edge: solved on this grid
  std::vector<cv::Rect> frame;              ///< what the active ones have around them
  std::vector<cv::Rect> deep;               ///< the frame and all that is farther inside: interpolated
  std::vector<cv::Rect> covered;            ///< what is active one level below, in pixels of this one
  std::vector<Strip> strips;                ///< of the active ones, from the top
  std::vector<std::size_t> first_strip;     ///< in `strips`, of each row and of the one after the last
  std::vector<std::vector<Stored>> stored;  ///< of each row of blocks, from left to right
  std::vector<Cell> cells;                  ///< at last a row beyond the picture, from `outside` on
  std::size_t outside = 0;
};

constexpr int kBlock = 4;  // side of the blocks that are stored or not

/// Row y as far as it is stored around column x: to be indexed by columns. Rows beyond the picture hold
/// zeros.
inline const Cell* row(const Grid& grid, int y, int x) {
  if (y < 0 || y >= grid.size.height) return grid.cells.data() + grid.outside + 1;
  const Grid::Stored* at = grid.stored[static_cast<std::size_t>(y / kBlock)].data();
  while (x >= at->end) ++at;
  return grid.cells.data() + at->offset + (y % kBlock) * (at->end - at->begin + 2) + 1 - at->begin;
}
inline Cell* row(Grid& grid, int y, int x) {
  return const_cast<Cell*>(row(std::as_const(grid), y, x));
}

/// Calls work(y, begin, end) for every row of every rectangle.
template <class Work>
void for_rows(const std::vector<cv::Rect>& rectangles, Work&& work) {
  for (const cv::Rect& r : rectangles)
    for (int y = r.y; y < r.y + r.height; ++y) work(y, r.x, r.x + r.width);
}

struct Pyramid {
  std::vector<Grid> grids;  ///< the finest first
  Color mean;               ///< of what is given at the edge; the grids hold what differs from it
  float range = 0;          ///< of what is given at the edge, in the channel where it is widest
};

/// The grids for seamless(), of what `plate` differs from `face`; `inside` has both 0 and others.
Pyramid membrane_pyramid(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& inside);

}  // namespace understudy::compose
