#pragma once

#include <string>

#include "understudy/core/table.h"
#include "understudy/media/source.h"
#include "understudy/stages/merge_frame.h"

namespace understudy::stages {

/// The colour matches, and "auto".
struct ColorChoice {};
const Table<ColorChoice>& color_choices();

/// The colour match whose face meets the plate with the smallest step of colour (see compose::seam_step())
/// under a soft edge, a mean over up to eight faces of the whole source, whatever frames are wanted. `plate`
/// is another view of the plate; `job` has its faces. The look's own match where there is no face at all.
struct TriedColors {
  std::string best;
  Json seams;  ///< by match
};
TriedColors try_colors(const MergeJob& job, media::FrameSource& plate);

}  // namespace understudy::stages
