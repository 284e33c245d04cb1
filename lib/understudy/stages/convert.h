#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/stages/common.h"

namespace understudy::stages {

struct ConvertOptions {
  CommonOptions common;
  ConsentOptions consents;
  std::vector<std::filesystem::path> datasets;  ///< of performers
  std::filesystem::path model;
  std::string name = "swap";    ///< results go to DATASET/convert/NAME
  std::string likeness;         ///< of the model's; empty: the only one
  std::string person;           ///< whose faces; empty: everybody's
  std::optional<double> morph;  ///< see model::SwapChoice
  int batch = kConvertBatch;
  bool as_drawn = false;  ///< swapped faces are not registered
};

/// Puts the likeness into the performer's aligned faces: a 16-bit swapped crop and the predicted mask for
/// each. Throws Error kUsage when a dataset shows nobody who is called `person`.
Outcome convert(const ConvertOptions& options, Run& run);

}  // namespace understudy::stages
