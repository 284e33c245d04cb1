#pragma once

#include <string>
#include <vector>

#include "understudy/compose/settings.h"
#include "understudy/core/table.h"
#include "understudy/media/display_space.h"

namespace understudy::stages {

/// How faces are put into the plate; words are names in the tables of compose/ and face/.
struct MergeLook {
  std::string color = "low-frequency";
  compose::ColorSettings color_settings;
  std::vector<std::string> textures = {"motion-blur", "grain"};
  std::string mask = "minimum";
  std::vector<std::string> keep;  ///< parts of the face that stay the plate's
  compose::MaskShape mask_shape;
  std::string blend = "laplacian";
  media::DisplaySpace space = {};  ///< of the plate: colours are matched and blended as models see them
};

/// A number of a look, as an option and in a shot file.
struct LookNumber {
  double& (*of)(MergeLook& look);
  double least, most;
};

/// To add one: a member of a look, a row in merge_look.cpp, a row in docs/tools/merge.md.
const Table<LookNumber>& look_numbers();

/// Throws Error kUsage when a word is in no table.
void check_look(const MergeLook& look);

}  // namespace understudy::stages
