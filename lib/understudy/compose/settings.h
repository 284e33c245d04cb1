#pragma once

namespace understudy::compose {

/// How a colour match behaves; lengths are fractions of the picture's side.
struct ColorSettings {
  double radius = 0.13;     ///< low-frequency: sigma of the blur that separates illumination from the face
  double max_gain = 3;      ///< low-frequency: light changes by at most this factor, and at least its inverse
  double max_spread = 1.5;  ///< reinhard, covariance, mkl, mix: the spread changes by at most this factor,
                            ///< and at least its inverse
};

/// How a mask becomes a matte; lengths are fractions of the crop's side.
struct MaskShape {
  double erode = -0.02;         ///< the mask shrinks by this much on every side; below 0 it grows
  double blur = 0.022;          ///< sigma of the Gaussian that makes its edge soft
  double predicted_gain = 2.5;  ///< predicted masks are soft: they count this much more, up to 1
  double left = 0, right = 0, top = 0, bottom = 0;  ///< the mask shrinks by this much more on that side
};

}  // namespace understudy::compose
