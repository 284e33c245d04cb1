#pragma once

#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/face/pose.h"

namespace understudy::face {

/// What is compared of somebody's faces.
struct FaceShapes {
  std::vector<Pose> poses;           ///< of at least one face; roll is not compared
  std::vector<Landmarks> landmarks;  ///< of each of them, in any unit; empty when a face has none
};

/// What a performer's faces do and a likeness' do not: there the model must invent. Pitch is compared from
/// each set's median.
///
///     {"pose": {"missing_share": 0.04, "missing": [{"yaw_deg": 40, "pitch_deg": -10, "faces": 12}, …]},
///      "expression": {"mouth_open": {"likeness": [0.0, 0.18], "performer": [0.02, 0.31],
///                                    "missing_share": 0.14}, …}}
///
/// A pose is missing when no face of the likeness is within kNearDeg of it; poses are gathered in bins of
/// 10 degrees. Expressions, in distances between the outer corners of the eyes: `mouth_open`, `mouth_wide`,
/// `eyes_open`; the likeness' range is all it shows, the performer's from the 2nd to the 98th percentile, and
/// the share is what of the performer lies outside the likeness' range.
/// Without landmarks there is no `expression`.
Json coverage(const FaceShapes& likeness, const FaceShapes& performer);

/// The same in sentences, the largest gaps first, at most `most`; none when there is no gap worth a word.
std::vector<std::string> coverage_sentences(const Json& coverage, std::size_t most);

}  // namespace understudy::face
