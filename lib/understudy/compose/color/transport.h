#pragma once

#include "understudy/compose/color.h"
#include "understudy/compose/color/color_cube.h"

namespace understudy::compose {

/// Colours as points in space: those of the face, which move towards the plate's, and others that are moved
/// along with them.
struct ColorCloud {
  Colors face, plate;  ///< as many, at most some thousands
  Colors nodes;        ///< of the colour cube
};

/// What the sample shows inside its mask.
ColorCloud color_cloud(const ColorSample& sample);

/// Moves face and nodes along each of the unit vectors `directions`, by `weight` times what makes the face's
/// histogram along it the plate's. All are measured before any is moved.
void transport(ColorCloud& cloud, const Colors& directions, float weight);

/// The cloud in CIE Lab, and colours of it back.
ColorCloud in_lab(const ColorCloud& cloud);
Colors from_lab(const Colors& colors);

}  // namespace understudy::compose
