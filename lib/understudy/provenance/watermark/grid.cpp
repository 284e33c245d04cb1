#include "understudy/provenance/watermark/grid.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

namespace understudy::provenance {
namespace {

/// Which of `from` samples, and how much of each, lie below each of `to` samples.
std::vector<GridMap::Span> area_spans(int from, int to) {
  std::vector<GridMap::Span> spans(static_cast<std::size_t>(to));
  const double step = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double begin = i * step, end = (i + 1) * step;
    GridMap::Span& span = spans[static_cast<std::size_t>(i)];
    span.first = static_cast<int>(begin);
    for (int k = span.first; k < from && k < end; ++k)
      span.weights.push_back(static_cast<float>((std::min(end, k + 1.0) - std::max(begin, 1.0 * k)) / step));
  }
  return spans;
}

/// Between which of `from` samples each of `to` samples lies.
std::vector<GridMap::Between> linear_places(int from, int to) {
  std::vector<GridMap::Between> places;
  for (int i = 0; i < to; ++i) {
    const double at = (i + 0.5) * from / to - 0.5;
    const int low = static_cast<int>(std::floor(at));
    places.push_back(
        {std::max(low, 0), std::min(low + 1, from - 1), static_cast<float>(at - std::floor(at))});
  }
  return places;
}

/// Adds `weight` times a row to `sum`.
template <class Sample>
void add_row(const cv::Mat& plane, int row, float weight, std::vector<float>& sum) {
  const Sample* from = plane.ptr<Sample>(row);
  float* to = sum.data();
  const auto count = static_cast<std::size_t>(plane.cols);
  for (std::size_t x = 0; x < count; ++x) to[x] += weight * static_cast<float>(from[x]);
}

void add_row(const cv::Mat& plane, int row, float weight, std::vector<float>& sum) {
  if (plane.depth() == CV_8U) return add_row<std::uint8_t>(plane, row, weight, sum);
  if (plane.depth() == CV_16U) return add_row<std::uint16_t>(plane, row, weight, sum);
  add_row<float>(plane, row, weight, sum);
}

/// The codes that may be written.
struct Codes {
  float least, most;
};

/// 8-bit codes: whole numbers of 16 bits with 1/16 of a code, and 1/16 of a row between two rows.
void add_mixed(const std::int16_t* low, const std::int16_t* high, float of_high, const Codes& codes,
               std::uint8_t* out, std::size_t count) {
  const auto part = static_cast<std::int16_t>(std::lrint(of_high * 16));
  const auto rest = static_cast<std::int16_t>(16 - part);
  const auto least = static_cast<std::int16_t>(codes.least), most = static_cast<std::int16_t>(codes.most);
  for (std::size_t x = 0; x < count; ++x) {
    const auto change =
        static_cast<std::int16_t>(static_cast<std::int16_t>(low[x] * rest + high[x] * part + 128) >> 8);
    const std::int16_t before = out[x];
    const auto after = static_cast<std::int16_t>(before + change);
    out[x] = static_cast<std::uint8_t>(
        std::clamp<std::int16_t>(after, std::min(before, least), std::max(before, most)));
  }
}

void add_mixed(const float* low, const float* high, float of_high, const Codes& codes, std::uint16_t* out,
               std::size_t count) {
  for (std::size_t x = 0; x < count; ++x) {
    const auto before = static_cast<float>(out[x]);
    const float after = before + low[x] + of_high * (high[x] - low[x]);
    const float kept = std::clamp(after, std::min(before, codes.least), std::max(before, codes.most));
    out[x] = static_cast<std::uint16_t>(static_cast<int>(kept + 0.5F));
  }
}

void add_mixed(const float* low, const float* high, float of_high, const Codes&, float* out,
               std::size_t count) {
  for (std::size_t x = 0; x < count; ++x) out[x] += low[x] + of_high * (high[x] - low[x]);
}

/// The grid's rows enlarged along the picture's rows, `scale` times as large; whole numbers are rounded. Two
/// neighbours are held at a time.
template <class Value>
class EnlargedRows {
 public:
  EnlargedRows(const cv::Mat& change, const std::vector<GridMap::Between>& places, float scale)
      : change_(change), places_(places), scale_(scale) {
    for (std::vector<Value>& row : rows_) row.resize(places.size());
  }
  const Value* operator[](int y) {
    const auto slot = static_cast<std::size_t>(y % 2);
    if (held_[slot] != y) enlarge(change_.ptr<float>(y), rows_[slot]);
    held_[slot] = y;
    return rows_[slot].data();
  }

 private:
  void enlarge(const float* from, std::vector<Value>& to) const {
    for (std::size_t x = 0; x < places_.size(); ++x) {
      const GridMap::Between& at = places_[x];
      const float value = scale_ * (from[at.low] + at.of_high * (from[at.high] - from[at.low]));
      if constexpr (std::is_integral_v<Value>) {
        to[x] = static_cast<Value>(value + (value < 0 ? -0.5F : 0.5F));
      } else {
        to[x] = value;
      }
    }
  }

  const cv::Mat& change_;
  const std::vector<GridMap::Between>& places_;
  float scale_;
  std::array<std::vector<Value>, 2> rows_;
  std::array<int, 2> held_{-1, -1};
};

template <class Sample, class Value>
void add_to_planes(EnlargedRows<Value> rows, const std::vector<GridMap::Between>& places,
                   MarkedPlanes& picture) {
  const Codes codes{picture.codes.least, picture.codes.most};
  for (std::size_t y = 0; y < places.size(); ++y) {
    const GridMap::Between& at = places[y];
    const Value *low = rows[at.low], *high = rows[at.high];
    for (cv::Mat& plane : picture.planes)
      add_mixed(low, high, at.of_high, codes, plane.ptr<Sample>(static_cast<int>(y)),
                static_cast<std::size_t>(plane.cols));
  }
}

}  // namespace

GridMap::GridMap(cv::Size size) : size_(size), upright_(size.height > size.width) {
  grid_ = upright_ ? cv::Size(kGridHeight, kGridWidth) : cv::Size(kGridWidth, kGridHeight);
  from_x_ = area_spans(size.width, grid_.width);
  from_y_ = area_spans(size.height, grid_.height);
  to_x_ = linear_places(grid_.width, size.width);
  to_y_ = linear_places(grid_.height, size.height);
}

cv::Mat GridMap::shrink(const MarkedPlanes& picture) const {
  cv::Mat out(grid_, CV_32FC1);
  std::vector<float> sum(static_cast<std::size_t>(size_.width));
  const float scale = 255 / (picture.codes.white - picture.codes.black);
  for (int y = 0; y < grid_.height; ++y) {
    std::ranges::fill(sum, 0.0F);
    const Span& rows = from_y_[static_cast<std::size_t>(y)];
    for (std::size_t p = 0; p < picture.planes.size(); ++p)
      for (std::size_t k = 0; k < rows.weights.size(); ++k)
        add_row(picture.planes[p], rows.first + static_cast<int>(k), picture.weights[p] * rows.weights[k],
                sum);
    auto* to = out.ptr<float>(y);
    for (int x = 0; x < grid_.width; ++x) {
      const Span& columns = from_x_[static_cast<std::size_t>(x)];
      float value = 0;
      for (std::size_t k = 0; k < columns.weights.size(); ++k)
        value += columns.weights[k] * sum[static_cast<std::size_t>(columns.first) + k];
      value = (value - picture.codes.black) * scale;
      to[x] = std::isfinite(value) ? value : 0;
    }
  }
  return upright_ ? cv::Mat(out.t()) : out;
}

void GridMap::add(const cv::Mat& change, MarkedPlanes& picture) const {
  const cv::Mat turned = upright_ ? cv::Mat(change.t()) : change;
  const float scale = (picture.codes.white - picture.codes.black) / 255;
  const int depth = picture.planes.front().depth();
  if (depth == CV_8U)
    return add_to_planes<std::uint8_t>(EnlargedRows<std::int16_t>(turned, to_x_, 16 * scale), to_y_, picture);
  const EnlargedRows<float> rows(turned, to_x_, scale);
  if (depth == CV_16U) return add_to_planes<std::uint16_t>(rows, to_y_, picture);
  add_to_planes<float>(rows, to_y_, picture);
}

}  // namespace understudy::provenance
