#pragma once

#include "understudy/media/picture.h"

namespace understudy::media {

/// How codes become light values: luma = (code - y_offset) * y_scale, chroma likewise around 0. For RGB only
/// the luma part is used.
struct ColorScale {
  float kr, kg, kb;
  float y_offset, y_scale, c_offset, c_scale;
  float y_min, y_max, c_min, c_max;  ///< the legal codes

  float red_from_v() const { return 2 * (1 - kr); }
  float blue_from_u() const { return 2 * (1 - kb); }
  float green_from_u() const { return -2 * kb * (1 - kb) / kg; }
  float green_from_v() const { return -2 * kr * (1 - kr) / kg; }
};

ColorScale color_scale(const PictureFormat& format);

/// False for matrices that are not a plain luma and colour difference one (YCgCo, constant luminance, ICtCp).
bool is_known_matrix(int matrix);

/// The matrix that a player takes for `format`: its own, or BT.601 below 720 lines and BT.709 above.
int effective_matrix(const PictureFormat& format);

}  // namespace understudy::media
