#pragma once

#include "understudy/vision/landmarker.h"

namespace understudy::vision {

/// dlib's ensemble of regression trees (Kazemi & Sullivan 2014), trained on iBUG 300-W: the mean of several
/// fits, joined with what our own network sees, the more the head is turned or covered.
std::unique_ptr<Landmarker> make_dlib68_landmarker(const LandmarkerOptions& options);

/// MediaPipe Face Mesh (Kartynnik et al. 2019): 468 points of a mesh, of which 68 are taken.
std::unique_ptr<Landmarker> make_facemesh_landmarker(const LandmarkerOptions& options);

/// Our own network, trained on rendered people alone (docs/face-models.md). It looks once to find the middle
/// and the roll, then twice, the second time in a mirror: the mean of both. Its confidence is the error that
/// it expects, on the same scale. Comes with Understudy.
std::unique_ptr<Landmarker> make_understudy_landmarker(const LandmarkerOptions& options);

}  // namespace understudy::vision
