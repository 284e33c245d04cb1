#include "understudy/face/head_shape.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <vector>

namespace understudy::face {
namespace {

constexpr int kInner = 17;  // landmarks from here on are aligned by
constexpr int kInnerCount = kLandmarkCount - kInner;
constexpr std::size_t kFewestFaces = 12;
constexpr double kLeastDepth = 0.02;  // third singular value against the first
constexpr int kNoseTip = 30;
constexpr std::array kEarsAndChin = {0, 1, 2, 6, 7, 8, 9, 10, 14, 15, 16};

/// The same point of the other half of the face.
int mirrored(int point) {
  if (point <= 16) return 16 - point;
  if (point <= 26) return 43 - point;
  if (point <= 30) return point;
  if (point <= 35) return 66 - point;
  constexpr std::array kEyes = {45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40};
  if (point <= 47) return kEyes[static_cast<std::size_t>(point - 36)];
  if (point <= 54) return 102 - point;
  if (point <= 59) return 114 - point;
  if (point <= 64) return 124 - point;
  return 132 - point;
}

/// Rows of two a face: x and y of points `first` on, from the middle of landmarks 17-67, in sides of a crop.
cv::Mat measured(std::span<const Landmarks> faces, int size, int first) {
  const int count = kLandmarkCount - first;
  cv::Mat out(2 * static_cast<int>(faces.size()), count, CV_64F);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    cv::Point2d middle;
    for (int k = kInner; k < kLandmarkCount; ++k) middle += cv::Point2d(faces[i][k]) / kInnerCount;
    for (int k = 0; k < count; ++k) {
      const cv::Point2d point = (cv::Point2d(faces[i][first + k]) - middle) / size;
      out.at<double>(2 * static_cast<int>(i), k) = point.x;
      out.at<double>(2 * static_cast<int>(i) + 1, k) = point.y;
    }
  }
  return out;
}

/// The six numbers of a symmetric L in a' L b.
std::array<double, 6> product_row(const double* a, const double* b) {
  return {a[0] * b[0], a[0] * b[1] + a[1] * b[0], a[0] * b[2] + a[2] * b[0],
          a[1] * b[1], a[1] * b[2] + a[2] * b[1], a[2] * b[2]};
}

/// Q with which the rows of `motion` (2N x 3) become, two by two, of one length and at right angles, of mean
/// square 1; absent when no real Q does it.
std::optional<cv::Mat> metric_upgrade(const cv::Mat& motion) {
  const int faces = motion.rows / 2;
  cv::Mat equations(2 * faces + 1, 6, CV_64F, cv::Scalar(0)), wanted(2 * faces + 1, 1, CV_64F, cv::Scalar(0));
  const auto add = [&](int row, const std::array<double, 6>& values, double weight) {
    for (int k = 0; k < 6; ++k) equations.at<double>(row, k) += weight * values[static_cast<std::size_t>(k)];
  };
  for (int i = 0; i < faces; ++i) {
    const double *a = motion.ptr<double>(2 * i), *b = motion.ptr<double>(2 * i + 1);
    add(2 * i, product_row(a, a), 1);
    add(2 * i, product_row(b, b), -1);
    add(2 * i + 1, product_row(a, b), 1);
    add(2 * faces, product_row(a, a), 0.5 / faces);
    add(2 * faces, product_row(b, b), 0.5 / faces);
  }
  wanted.at<double>(2 * faces) = 1;
  cv::Mat l, values, vectors;
  cv::solve(equations, wanted, l, cv::DECOMP_SVD);
  const double* v = l.ptr<double>();
  const cv::Mat symmetric = (cv::Mat_<double>(3, 3) << v[0], v[1], v[2], v[1], v[3], v[4], v[2], v[4], v[5]);
  cv::eigen(symmetric, values, vectors);
  if (values.at<double>(2) <= 0) return std::nullopt;
  cv::Mat roots;
  cv::sqrt(values, roots);
  return cv::Mat(vectors.t() * cv::Mat::diag(roots));
}

/// The rotation (3x3, of row vectors) that brings the points of `from` (K x 3) closest to `to`, both about
/// their middles (Kabsch 1976).
cv::Mat rotation_onto(const cv::Mat& from, const cv::Mat& to) {
  cv::Mat a, b, w, u, vt;
  cv::reduce(from, a, 0, cv::REDUCE_AVG);
  cv::reduce(to, b, 0, cv::REDUCE_AVG);
  const cv::Mat centred_from = from - cv::Mat::ones(from.rows, 1, CV_64F) * a,
                centred_to = to - cv::Mat::ones(to.rows, 1, CV_64F) * b;
  cv::SVD::compute(centred_from.t() * centred_to, w, u, vt);
  if (cv::determinant(u * vt) < 0) u.col(2) *= -1;
  return u * vt;
}

/// The shape with its axes as the mean picture of the faces has them, the nose towards the viewer.
cv::Mat upright(const cv::Mat& shape, const cv::Mat& seen) {
  cv::Mat mean = cv::Mat::zeros(shape.rows, 2, CV_64F), axes, w, u, vt;
  for (int row = 0; row < seen.rows; ++row) mean.col(row % 2) += seen.row(row).t() * (2.0 / seen.rows);
  cv::solve(shape.rowRange(kInner, kLandmarkCount), mean.rowRange(kInner, kLandmarkCount), axes,
            cv::DECOMP_SVD);
  cv::SVD::compute(axes, w, u, vt);
  const cv::Mat two = u * vt;
  const cv::Vec3d x(two.at<double>(0, 0), two.at<double>(1, 0), two.at<double>(2, 0)),
      y(two.at<double>(0, 1), two.at<double>(1, 1), two.at<double>(2, 1));
  const cv::Vec3d z = x.cross(y);
  const cv::Mat turn = (cv::Mat_<double>(3, 3) << x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]);
  cv::Mat out = shape * turn;
  if (out.at<double>(kNoseTip, 2) < 0) out.col(2) *= -1;  // a head and its inside out look the same
  return out;
}

cv::Mat mirror_image(const cv::Mat& shape) {
  cv::Mat out(shape.size(), CV_64F);
  for (int k = 0; k < kLandmarkCount; ++k) {
    shape.row(mirrored(k)).copyTo(out.row(k));
    out.at<double>(k, 0) *= -1;
  }
  return out;
}

/// Turned so that it and its mirror image lie alike, and their mean.
cv::Mat symmetric(cv::Mat shape) {
  constexpr int kRounds = 10;
  for (int i = 0; i < kRounds; ++i) {
    cv::Mat vector, half;
    cv::Rodrigues(rotation_onto(shape, mirror_image(shape)).t(), vector);
    cv::Rodrigues(vector / 2, half);
    shape = shape * half.t();
    shape.col(0) -= cv::mean(shape.col(0))[0];
  }
  return (shape + mirror_image(shape)) / 2;
}

HeadShape to_shape(const cv::Mat& points) {
  HeadShape out;
  for (int k = 0; k < kLandmarkCount; ++k)
    out[static_cast<std::size_t>(k)] = {points.at<double>(k, 0), points.at<double>(k, 1),
                                        points.at<double>(k, 2)};
  return out;
}

cv::Vec3d mean_of(const HeadShape& shape, std::span<const int> points) {
  cv::Vec3d sum;
  for (const int k : points) sum += shape[static_cast<std::size_t>(k)];
  return sum * (1.0 / static_cast<double>(points.size()));
}

/// `shape` nodded by `pitch` radians, scaled and moved in its plane of symmetry so that ears and chin lie as
/// those of `other`; `error` is what is left.
HeadShape nodded_onto(const HeadShape& shape, const HeadShape& other, double pitch, double& error) {
  HeadShape out;
  const double c = std::cos(pitch), s = std::sin(pitch);
  for (std::size_t k = 0; k < shape.size(); ++k)
    out[k] = {shape[k][0], c * shape[k][1] + s * shape[k][2], c * shape[k][2] - s * shape[k][1]};
  cv::Vec3d from = mean_of(out, kEarsAndChin), to = mean_of(other, kEarsAndChin);
  from[0] = to[0] = 0;
  double along = 0, square = 0;
  for (const int k : kEarsAndChin) {
    const cv::Vec3d a = out[static_cast<std::size_t>(k)] - from, b = other[static_cast<std::size_t>(k)] - to;
    along += a.dot(b);
    square += a.dot(a);
  }
  for (cv::Vec3d& point : out) point = (along / square) * (point - from) + to;
  error = 0;
  for (const int k : kEarsAndChin) {
    const cv::Vec3d off = out[static_cast<std::size_t>(k)] - other[static_cast<std::size_t>(k)];
    error += off.dot(off);
  }
  return out;
}

/// How a shape is seen: two rows that take its points to the picture.
using Camera = cv::Matx23d;

/// The camera under which landmarks 17-67 of `shape` come closest to `landmarks`, about their middles.
Camera camera_of(const HeadShape& shape, const Landmarks& landmarks) {
  cv::Mat points(kInnerCount, 3, CV_64F), seen(kInnerCount, 2, CV_64F);
  for (int k = 0; k < kInnerCount; ++k) {
    const auto at = static_cast<std::size_t>(kInner + k);
    for (int c = 0; c < 3; ++c) points.at<double>(k, c) = shape[at][c];
    seen.at<double>(k, 0) = landmarks[at].x;
    seen.at<double>(k, 1) = landmarks[at].y;
  }
  for (cv::Mat* m : {&points, &seen})
    for (int c = 0; c < m->cols; ++c) m->col(c) -= cv::mean(m->col(c))[0];
  cv::Mat solved;
  cv::solve(points, seen, solved, cv::DECOMP_SVD);
  Camera camera;
  for (int c = 0; c < 3; ++c)
    for (int row = 0; row < 2; ++row) camera(row, c) = solved.at<double>(c, row);
  return camera;
}

/// The map to the aligned crop of the shape as that camera sees it.
Affine crop_of(const HeadShape& shape, const Camera& camera, const CropFamily& family, int size) {
  Landmarks seen;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const cv::Vec2d point = camera * shape[k];
    seen[k] = {static_cast<float>(point[0]), static_cast<float>(point[1])};
  }
  return aligned_from_frame(seen, family, size);
}

}  // namespace

std::optional<HeadShape> head_shape(std::span<const Landmarks> faces, int size) {
  if (faces.size() < kFewestFaces) return std::nullopt;
  cv::Mat w, u, vt;
  cv::SVD::compute(measured(faces, size, kInner), w, u, vt);
  if (w.at<double>(2) < kLeastDepth * w.at<double>(0)) return std::nullopt;
  const cv::Mat motion = u.colRange(0, 3) * cv::Mat::diag(w.rowRange(0, 3));
  const std::optional<cv::Mat> upgrade = metric_upgrade(motion);
  if (!upgrade) return std::nullopt;
  const cv::Mat all = measured(faces, size, 0);
  cv::Mat shape;
  cv::solve(motion * *upgrade, all, shape, cv::DECOMP_SVD);
  return to_shape(symmetric(upright(shape.t(), all)));
}

HeadMatch::HeadMatch(const HeadShape& likeness, const HeadShape& performer) : performer_(performer) {
  constexpr int kMostTenths = 250;  // of a degree
  double least = std::numeric_limits<double>::infinity();
  for (int tenths = -kMostTenths; tenths <= kMostTenths; ++tenths) {
    double error = 0;
    const HeadShape nodded = nodded_onto(likeness, performer, tenths * std::numbers::pi / 1800, error);
    if (error >= least) continue;
    least = error;
    likeness_ = nodded;
  }
}

double HeadMatch::turn(const Landmarks& landmarks, const CropFamily& family, int size) const {
  const Camera camera = camera_of(performer_, landmarks);
  return turn_of(crop_of(performer_, camera, family, size)) -
         turn_of(crop_of(likeness_, camera, family, size));
}

double turn_of(const Affine& b_from_a) {
  return std::atan2(b_from_a(1, 0), b_from_a(0, 0));
}

}  // namespace understudy::face
