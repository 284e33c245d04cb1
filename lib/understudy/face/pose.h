#pragma once

#include "understudy/face/geometry.h"

namespace understudy::face {

/// Head rotation against the line of sight, in degrees: yaw > 0 turns the nose to the picture's right, pitch
/// > 0 lifts the chin, roll > 0 tilts the head counter-clockwise in the picture.
struct Pose {
  double yaw_deg = 0;
  double pitch_deg = 0;
  double roll_deg = 0;
};

/// Solves the pose of a generic head from the brow, nose and eye landmarks (perspective-n-point,
/// Levenberg-Marquardt), with a long lens that looks straight at the face. Mouth and jaw are left out, since
/// they move with speech.
Pose estimate_pose(const Landmarks& landmarks);

}  // namespace understudy::face
