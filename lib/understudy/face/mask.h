#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/face/geometry.h"

namespace understudy::face {

/// The outline of the face: convex hull of the landmarks with the brows raised over the forehead.
std::vector<cv::Point2f> face_outline(const Landmarks& landmarks);

/// The outline filled: size CV_8UC1, 255 inside, 0 outside, with an anti-aliased edge. `landmarks` in the
/// mask's pixels; parts outside the picture are cut off.
cv::Mat hull_mask(const Landmarks& landmarks, cv::Size size);

/// A part of a face: the hulls of these landmarks (from, to, counted from 0), grown on every side by this
/// many distances between the eyes' centres.
struct FacePart {
  std::vector<std::pair<int, int>> outlines;
  double grown;
};

/// To add one: a row in mask.cpp and a row in docs/tools/merge.md. Table-driven tests walk it.
const Table<FacePart>& face_parts();

/// The part filled, as hull_mask().
cv::Mat part_mask(const FacePart& part, const Landmarks& landmarks, cv::Size size);

}  // namespace understudy::face
