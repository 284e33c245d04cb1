#pragma once

#include "understudy/core/table.h"
#include "understudy/face/geometry.h"

namespace understudy::face {

/// How much of the head an aligned crop shows, relative to the mean face of landmarks 17-67.
struct CropFamily {
  double side;   ///< of the crop, in widths of the mean face
  double raise;  ///< of the crop's centre, in heights of the mean face
};

/// To add one: a row here, a word in docs/conventions.md.
const Table<CropFamily>& crop_families();

constexpr int kMinCropSize = 64, kMaxCropSize = 1024;

/// The map from plate pixels to pixels of a size x size crop: landmarks 17-67 are fitted to the mean face
/// (dlib's mean_face_shape, Boost licence) by a similarity.
Affine aligned_from_frame(const Landmarks& landmarks, const CropFamily& family, int size);

/// Where the mean face lies in such a crop: from widths of the mean face, about its middle, to pixels.
Affine crop_from_mean_face(const CropFamily& family, int size);

/// The map from plate pixels to the pixels of a context crop of size x size around `box`, `margin` box sides
/// wider on every side, upright.
Affine context_from_frame(const Box& box, double margin, int size);

}  // namespace understudy::face
