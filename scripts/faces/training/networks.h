#pragma once

#include "graph.h"
#include "understudy/core/table.h"

namespace understudy::faces {

/// Finds faces. Input: pictures whose sides are multiples of 32. Outputs `s8`, `s16` and `s32`, one cell for
/// every 8, 16 or 32 pixels, with 14 channels: the score before the sigmoid; the box's middle from the cell's
/// middle, in strides; log(side / stride); five points (eyes, nose tip, mouth corners) from the cell's middle
/// in strides.
Graph detector_graph();

/// Looks at one face in a picture of kFaceSide pixels. Outputs: `heat` (68 x 32 x 32, where each landmark is:
/// a softmax's input), `classes` (4 x 64 x 64, a softmax's input), `head` (74: the nose's direction and the
/// head's right, x, y, z each; the logarithm of each landmark's expected error in sides of the picture).
Graph face_graph();

/// Tells people apart in a picture of kIdentitySide pixels, cut as vision/embedder.h says. Output: `identity`
/// (kIdentityNumbers): its direction is the person's.
Graph identity_graph();

constexpr std::int64_t kIdentitySide = 64, kIdentityNumbers = 128;
constexpr std::int64_t kFaceSide = 128, kHeatSide = 32, kClassSide = 64;
constexpr std::int64_t kLandmarks = 68, kClasses = 4, kPoseNumbers = 6;
constexpr std::int64_t kPoints = 5, kCellNumbers = 4 + 2 * kPoints;

using GraphFunction = Graph (*)();
const Table<GraphFunction>& networks();

}  // namespace understudy::faces
