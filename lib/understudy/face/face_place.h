#pragma once

#include <array>
#include <optional>
#include <span>

#include "understudy/face/crop.h"
#include "understudy/face/geometry.h"
#include "understudy/face/pose.h"

namespace understudy::face {

/// Where a person's face lies in the head. Crops are aligned by brows, eyes, nose and mouth, which lie
/// elsewhere on every skull, so the aligned crops of two people who hold their heads alike do not show their
/// heads in one place. One person's numbers mean nothing; the differences of two say how far.
struct FacePlace {
  double sideways = 0;        ///< mean faces to the picture's right, per sine of yaw
  double turn = 0;            ///< radians clockwise in the picture, per sine of yaw
  double down = 0;            ///< mean faces
  double down_per_pitch = 0;  ///< mean faces, per sine of pitch
};
inline constexpr std::array kFacePlaceFields = {&FacePlace::sideways, &FacePlace::turn, &FacePlace::down,
                                                &FacePlace::down_per_pitch};

/// What the landmarks of one person's faces (in any pixels) say of it: where they lie straight ahead and how
/// they move with yaw, found by least squares, through a linear rule learned from rendered people. The rule
/// knows the points of the landmarker `understudy`; those of others have errors of their own that it takes
/// for the person's. Absent for fewer than 12 faces within 50 degrees of yaw and 30 of pitch, or when the
/// head hardly turns. Throws Error kFormat for landmarks that all lie on one point.
std::optional<FacePlace> face_place(std::span<const Landmarks> faces);

/// From the likeness' aligned crop to where its face lies in the performer's, whose head has that `pose`;
/// both of that family and `size`. No change of scale: training cuts the likeness' crops to the performer's
/// size.
Affine performer_from_likeness(const FacePlace& likeness, const FacePlace& performer, const Pose& pose,
                               const CropFamily& family, int size);

/// By how many radians a map turns, clockwise in the picture.
double turn_of(const Affine& b_from_a);

}  // namespace understudy::face
