#pragma once

#include <array>
#include <opencv2/core/matx.hpp>
#include <optional>
#include <span>

#include "understudy/face/crop.h"
#include "understudy/face/geometry.h"

namespace understudy::face {

/// The 68 landmarks of one head in space, its left and right alike: x to the picture's right, y down, z
/// towards the viewer, in sides of the aligned crop, centred on landmarks 17-67. Jaw points slide along the
/// cheek as the head turns; here they are where they are on the average.
using HeadShape = std::array<cv::Vec3d, kLandmarkCount>;

/// The shape of the head that all `faces` show, landmarks in pixels of aligned crops of `size`: structure
/// from motion by factorisation (Tomasi & Kanade 1992) under scaled orthography (metric upgrade by Poelman &
/// Kanade 1997), made symmetric. Absent for fewer than 12 faces, or when the head does not turn enough for
/// its depth to be seen.
std::optional<HeadShape> head_shape(std::span<const Landmarks> faces, int size);

/// How a head takes the place of another. Crops are aligned by brows, eyes, nose and mouth, which lie
/// elsewhere on every skull: so the aligned crops of two people that hold their heads alike differ by a turn
/// that changes with the pose. Heads are registered by ears and chin.
class HeadMatch {
 public:
  HeadMatch(const HeadShape& likeness, const HeadShape& performer);

  /// By how many radians, clockwise in the picture, the likeness' aligned crop must be turned to fit into the
  /// performer's, whose `landmarks` are those of an aligned crop of that family and size. Shift and scale are
  /// not told: they hang on how deep a face lies in its head, which landmarks do not show reliably.
  double turn(const Landmarks& landmarks, const CropFamily& family, int size) const;

 private:
  HeadShape likeness_, performer_;  ///< in one space
};

/// By how many radians a map turns, clockwise in the picture.
double turn_of(const Affine& b_from_a);

}  // namespace understudy::face
