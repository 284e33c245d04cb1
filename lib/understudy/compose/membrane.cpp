#include "understudy/compose/membrane.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <vector>

#include "understudy/core/error.h"

namespace understudy::compose {
namespace {

// Every grid has a ring of pixels around the picture, so that each pixel has four neighbours; the ring
// repeats the pixels beside it, which is what a free border does. Rows are walked as plain floats: three
// channels make left and right neighbours three floats apart.
constexpr int kChannels = 3;
constexpr int kSmallest = 4;  // sides at which a grid is solved by sweeps alone
constexpr int kCycles = 3;    // on each grid of the way up
constexpr int kSweepsBefore = 2, kSweepsAfter = 2, kSweepsAtTheTop = 30;
constexpr float kDamping = 0.8f;  // of a Jacobi sweep

struct Span {
  int begin = 0, end = 0;  ///< columns that may be unknown
};

struct Grid {
  cv::Mat unknown;  ///< CV_32FC3, 1 where the value is sought, 0 where it is given
  cv::Mat value, next, rhs;
  std::vector<Span> spans;  ///< of each row, the ring's included
};

cv::Mat ringed(int rows, int cols) {
  return cv::Mat::zeros(rows + 2, cols + 2, CV_32FC3);
}
int rows_of(const Grid& grid) {
  return grid.unknown.rows - 2;
}
int cols_of(const Grid& grid) {
  return grid.unknown.cols - 2;
}

void repeat_border(cv::Mat& m) {
  const int last_col = m.cols - 1, last_row = m.rows - 1;
  for (int y = 1; y < last_row; ++y) {
    auto* row = m.ptr<cv::Vec3f>(y);
    row[0] = row[1];
    row[last_col] = row[last_col - 1];
  }
  std::copy_n(m.ptr<float>(1), m.cols * kChannels, m.ptr<float>(0));
  std::copy_n(m.ptr<float>(last_row - 1), m.cols * kChannels, m.ptr<float>(last_row));
}

/// A row of the picture and what is beside it, from the first column that may be unknown on.
struct Row {
  const float *up, *here, *down, *rhs, *unknown;
  int count;

  Row(const Grid& g, int y) : count((g.spans[y].end - g.spans[y].begin) * kChannels) {
    const int first = g.spans[y].begin * kChannels;
    up = g.value.ptr<float>(y - 1) + first;
    here = g.value.ptr<float>(y) + first;
    down = g.value.ptr<float>(y + 1) + first;
    rhs = g.rhs.ptr<float>(y) + first;
    unknown = g.unknown.ptr<float>(y) + first;
  }
  /// What the equation (4 - sum of the neighbours) value = rhs lacks.
  float lacks(int i) const {
    return rhs[i] + up[i] + down[i] + here[i - kChannels] + here[i + kChannels] - 4 * here[i];
  }
};

/// A damped Jacobi sweep over what is unknown.
void sweep(Grid& g) {
  repeat_border(g.value);
  for (int y = 1; y <= rows_of(g); ++y) {
    const Row row(g, y);
    float* out = g.next.ptr<float>(y) + g.spans[y].begin * kChannels;
    for (int i = 0; i < row.count; ++i)
      out[i] = row.here[i] + 0.25f * kDamping * row.unknown[i] * row.lacks(i);
  }
  std::swap(g.value, g.next);
}

/// The right side of the coarse equations: what the fine ones lack, summed as in sum_of_four().
void restrict_residual(Grid& fine, Grid& coarse) {
  repeat_border(fine.value);
  std::vector<cv::Vec3f> lacking(static_cast<std::size_t>(fine.value.cols));
  for (int y = 1; y <= rows_of(coarse); ++y) {
    std::ranges::fill(lacking, cv::Vec3f());
    for (int half = 0; half < 2; ++half) {
      const int at = std::min(2 * y - 1 + half, rows_of(fine));
      const Row row(fine, at);
      float* out = lacking[static_cast<std::size_t>(fine.spans[at].begin)].val;
      for (int i = 0; i < row.count; ++i) out[i] += row.unknown[i] * row.lacks(i);
    }
    auto* out = coarse.rhs.ptr<cv::Vec3f>(y);
    for (int x = 1; x <= cols_of(coarse); ++x)
      out[x] = lacking[static_cast<std::size_t>(2 * x - 1)] +
               lacking[static_cast<std::size_t>(std::min(2 * x, cols_of(fine)))];
  }
}

/// Each coarse pixel lies between four fine ones and gets their sum; beyond an odd side the last counts
/// twice.
void sum_of_four(const cv::Mat& fine, cv::Mat& coarse) {
  const int rows = fine.rows - 2, cols = fine.cols - 2;
  for (int y = 0; y < coarse.rows - 2; ++y) {
    const auto* a = fine.ptr<cv::Vec3f>(2 * y + 1) + 1;
    const auto* b = fine.ptr<cv::Vec3f>(std::min(2 * y + 1, rows - 1) + 1) + 1;
    auto* out = coarse.ptr<cv::Vec3f>(y + 1) + 1;
    for (int x = 0; x < coarse.cols - 2; ++x) {
      const int right = std::min(2 * x + 1, cols - 1);
      out[x] = a[2 * x] + a[right] + b[2 * x] + b[right];
    }
  }
}

/// Adds the coarse grid's values, interpolated, to what is unknown on the fine one.
void add_interpolated(cv::Mat& coarse, Grid& fine) {
  repeat_border(coarse);
  const int rows = rows_of(fine);
  for (int y = 0; y < rows; ++y) {
    const int near = y / 2 + 1, far = near + (y % 2 == 0 ? -1 : 1);
    const auto* a = coarse.ptr<cv::Vec3f>(near) + 1;
    const auto* b = coarse.ptr<cv::Vec3f>(far) + 1;
    const auto* unknown = fine.unknown.ptr<cv::Vec3f>(y + 1) + 1;
    auto* out = fine.value.ptr<cv::Vec3f>(y + 1) + 1;
    for (int x = fine.spans[y + 1].begin - 1; x < fine.spans[y + 1].end - 1; ++x) {
      const int beside = x / 2, next = beside + (x % 2 == 0 ? -1 : 1);
      const cv::Vec3f sum = 9 * a[beside] + 3 * (a[next] + b[beside]) + b[next];
      out[x] += sum.mul(unknown[x]) * (1.0f / 16);
    }
  }
}

class Pyramid {
 public:
  Pyramid(const cv::Mat& values, const cv::Mat& inside) {
    grids_.push_back(finest(values, inside));
    while (std::max(rows_of(grids_.back()), cols_of(grids_.back())) > kSmallest)
      grids_.push_back(coarser(grids_.back()));
  }

  cv::Mat solved() {
    for (std::size_t level = grids_.size(); level-- > 0;) {
      Grid& grid = grids_[level];
      if (level + 1 < grids_.size()) add_interpolated(grids_[level + 1].value, grid);
      for (int i = 0; i < kCycles; ++i) cycle(level);
    }
    return grids_.front().value;
  }

 private:
  static Grid empty(int rows, int cols) {
    return {ringed(rows, cols), ringed(rows, cols), ringed(rows, cols), ringed(rows, cols),
            std::vector<Span>(static_cast<std::size_t>(rows) + 2)};
  }

  static Grid finest(const cv::Mat& values, const cv::Mat& inside) {
    Grid grid = empty(values.rows, values.cols);
    for (int y = 0; y < values.rows; ++y) {
      const auto* from = values.ptr<cv::Vec3f>(y);
      const auto* mark = inside.ptr<std::uint8_t>(y);
      auto* value = grid.value.ptr<cv::Vec3f>(y + 1) + 1;
      auto* unknown = grid.unknown.ptr<cv::Vec3f>(y + 1) + 1;
      for (int x = 0; x < values.cols; ++x) {
        if (mark[x] != 0)
          unknown[x] = cv::Vec3f::all(1);
        else
          value[x] = from[x];
      }
    }
    set_spans(grid);
    return grid;
  }

  static void set_spans(Grid& grid) {
    for (int y = 1; y <= rows_of(grid); ++y) {
      const auto* unknown = grid.unknown.ptr<cv::Vec3f>(y);
      Span& span = grid.spans[static_cast<std::size_t>(y)];
      span.end = cols_of(grid) + 1;
      span.begin = 1;
      while (span.begin < span.end && unknown[span.begin][0] == 0) ++span.begin;
      while (span.end > span.begin && unknown[span.end - 1][0] == 0) --span.end;
    }
    grid.value.copyTo(grid.next);
  }

  /// Half the size. A pixel is given where any of its four is, with the mean of those.
  static Grid coarser(const Grid& fine) {
    Grid grid = empty((rows_of(fine) + 1) / 2, (cols_of(fine) + 1) / 2);
    cv::Mat count = ringed(rows_of(grid), cols_of(grid));
    sum_of_four(fine.unknown, count);
    sum_of_four(fine.value, grid.value);
    for (int y = 1; y <= rows_of(grid); ++y) {
      auto* sought = count.ptr<cv::Vec3f>(y);
      auto* unknown = grid.unknown.ptr<cv::Vec3f>(y);
      auto* value = grid.value.ptr<cv::Vec3f>(y);
      for (int x = 1; x <= cols_of(grid); ++x) {
        const float given = 4 - sought[x][0];
        if (given == 0)
          unknown[x] = cv::Vec3f::all(1);
        else
          value[x] *= 1 / given;
      }
    }
    set_spans(grid);
    return grid;
  }

  /// One V-cycle on the equations of that grid.
  void cycle(std::size_t level) {
    Grid& grid = grids_[level];
    if (level + 1 == grids_.size()) {
      for (int i = 0; i < kSweepsAtTheTop; ++i) sweep(grid);
      return;
    }
    for (int i = 0; i < kSweepsBefore; ++i) sweep(grid);
    Grid& coarse = grids_[level + 1];
    restrict_residual(grid, coarse);
    coarse.value.setTo(0);
    coarse.next.setTo(0);
    cycle(level + 1);
    add_interpolated(coarse.value, grid);
    for (int i = 0; i < kSweepsAfter; ++i) sweep(grid);
  }

  std::vector<Grid> grids_;
};

}  // namespace

cv::Mat membrane(const cv::Mat& values, const cv::Mat& inside) {
  if (values.type() != CV_32FC3 || inside.type() != CV_8UC1 || values.size() != inside.size())
    throw Error(ErrorCode::kBug, "membrane: expected CV_32FC3 values and a CV_8UC1 mask of one size");
  if (values.empty() || cv::countNonZero(inside) == 0) return values.clone();
  const cv::Mat solved = Pyramid(values, inside).solved();
  return solved(cv::Rect(1, 1, values.cols, values.rows));
}

}  // namespace understudy::compose
