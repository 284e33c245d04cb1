#pragma once

#include <array>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>
#include <span>

namespace understudy::face {

/// x, y, width, height in plate pixels. Integer coordinates are pixel centres.
using Box = cv::Rect2f;

/// The 68 points of the iBUG 300-W convention (Sagonas et al. 2013), in pixels: 0-16 jaw, 17-26 brows, 27-35
/// nose, 36-47 eyes, 48-67 mouth; "left" ones lie left in the picture.
constexpr int kLandmarkCount = 68;
using Landmarks = std::array<cv::Point2f, kLandmarkCount>;

/// A 2x3 affine map; `b_from_a` takes a point of a to a point of b.
using Affine = cv::Matx23d;

cv::Point2d transform(const Affine& b_from_a, cv::Point2d point);
Landmarks transform(const Affine& b_from_a, const Landmarks& points);
/// a_from_b. Throws Error kFormat when the map cannot be inverted.
Affine inverse(const Affine& b_from_a);
/// c_from_a.
Affine compose(const Affine& c_from_b, const Affine& b_from_a);
/// Pixels of b per pixel of a: the square root of the map's determinant.
double scale_of(const Affine& b_from_a);

/// The similarity (rotation, uniform scale, shift) that brings `from` closest to `to` in the least-squares
/// sense (Umeyama 1991). Equal sizes, at least two points; throws Error kBug otherwise.
Affine fit_similarity(std::span<const cv::Point2d> from, std::span<const cv::Point2d> to);

/// The smallest upright box around the points.
Box bounding_box(std::span<const cv::Point2f> points);

/// Area of overlap over area of union, 0 for disjoint or empty boxes.
double intersection_over_union(const Box& a, const Box& b);

/// Distance between the outer eye corners (points 36 and 45), the field's unit for landmark errors.
double interocular(const Landmarks& landmarks);

}  // namespace understudy::face
