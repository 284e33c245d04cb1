#pragma once

#include <memory>
#include <string>

#include "understudy/core/table.h"
#include "understudy/media/color_map.h"
#include "understudy/media/color_primaries.h"

namespace understudy::media {

/// A transfer function: how codes become light, of which 1 is display white. Both rise and give 0 for 0; they
/// are called for values from 0 up.
struct Transfer {
  double (*light_from_code)(double code);
  double (*code_from_light)(double light);
  bool scene_light = false;  ///< HLG: the display adds its own gamma to the luminance
};

/// display: codes are display values. pq: SMPTE ST 2084, where 203 nits are white (ITU-R BT.2408). hlg: ARIB
/// STD-B67 on a display of 1000 nits, which brings 75 % to white. linear: light itself.
const Table<Transfer>& transfers();

/// The map of codes with this transfer function and these primaries; nothing where codes are display values
/// already.
std::shared_ptr<const ColorMap> tagged_map(const std::string& transfer, const Chromaticities& primaries);

}  // namespace understudy::media
