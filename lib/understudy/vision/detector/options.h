#pragma once

#include "understudy/vision/detector.h"

namespace understudy::vision {

/// Throws Error kUsage when min_face_px is out of range.
inline void check(const DetectorOptions& options) {
  if (options.min_face_px >= kMinFacePx && options.min_face_px <= kMaxFacePx) return;
  throw Error(ErrorCode::kUsage, text("a smallest face of ", options.min_face_px, " pixels was asked for"),
              text("choose ", kMinFacePx, " to ", kMaxFacePx, " pixels"));
}

}  // namespace understudy::vision
