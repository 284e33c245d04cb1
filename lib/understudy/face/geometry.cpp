#include "understudy/face/geometry.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"

namespace understudy::face {

cv::Point2d transform(const Affine& m, cv::Point2d p) {
  return {m(0, 0) * p.x + m(0, 1) * p.y + m(0, 2), m(1, 0) * p.x + m(1, 1) * p.y + m(1, 2)};
}

Landmarks transform(const Affine& b_from_a, const Landmarks& points) {
  Landmarks out;
  std::transform(points.begin(), points.end(), out.begin(),
                 [&](cv::Point2f p) { return cv::Point2f(transform(b_from_a, cv::Point2d(p))); });
  return out;
}

Affine inverse(const Affine& m) {
  const double determinant = m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0);
  if (!std::isfinite(determinant) || std::abs(determinant) < 1e-12)
    throw Error(ErrorCode::kFormat, "a transform between frame and crop cannot be inverted");
  const double a = m(1, 1) / determinant, b = -m(0, 1) / determinant;
  const double c = -m(1, 0) / determinant, d = m(0, 0) / determinant;
  return {a, b, -(a * m(0, 2) + b * m(1, 2)), c, d, -(c * m(0, 2) + d * m(1, 2))};
}

Affine compose(const Affine& f, const Affine& g) {
  Affine out;
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column)
      out(row, column) = f(row, 0) * g(0, column) + f(row, 1) * g(1, column);
    out(row, 2) += f(row, 2);
  }
  return out;
}

double scale_of(const Affine& m) {
  return std::sqrt(std::abs(m(0, 0) * m(1, 1) - m(0, 1) * m(1, 0)));
}

Affine fit_similarity(std::span<const cv::Point2d> from, std::span<const cv::Point2d> to) {
  if (from.size() != to.size() || from.size() < 2)
    throw Error(ErrorCode::kBug, "fit_similarity needs two equally long lists of at least two points");
  const double n = static_cast<double>(from.size());
  cv::Point2d from_mean, to_mean;
  for (std::size_t i = 0; i < from.size(); ++i) {
    from_mean += from[i] / n;
    to_mean += to[i] / n;
  }
  // In two dimensions the optimum is a complex factor: sum(conj(from) * to) / sum(|from|^2).
  double dot = 0, cross = 0, norm = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const cv::Point2d a = from[i] - from_mean, b = to[i] - to_mean;
    dot += a.dot(b);
    cross += a.cross(b);
    norm += a.dot(a);
  }
  if (norm < 1e-12) throw Error(ErrorCode::kFormat, "the landmarks of a face all lie on one point");
  const double c = dot / norm, s = cross / norm;
  return {c, -s, to_mean.x - c * from_mean.x + s * from_mean.y,
          s, c,  to_mean.y - s * from_mean.x - c * from_mean.y};
}

Box bounding_box(std::span<const cv::Point2f> points) {
  if (points.empty()) return {};
  cv::Point2f low = points.front(), high = low;
  for (cv::Point2f p : points) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  return {low, high};
}

double intersection_over_union(const Box& a, const Box& b) {
  const double shared = (a & b).area();
  const double all = a.area() + b.area() - shared;
  return all > 0 ? shared / all : 0;
}

double interocular(const Landmarks& landmarks) {
  return cv::norm(landmarks[36] - landmarks[45]);
}

}  // namespace understudy::face
