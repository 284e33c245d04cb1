#pragma once

#include <filesystem>

#include "understudy/core/run.h"

namespace understudy::stages {

struct VerifyOptions {
  std::filesystem::path path;  ///< a dataset, a model, or a delivered file or folder of pictures
  bool json = false;           ///< the lineage as JSON rather than as text
};

/// Reads every byte of a dataset or model and what a delivered file says of itself, and prints where it comes
/// from. What is damaged or no longer covered by consent is a failure of the report.
Outcome verify(const VerifyOptions& options, Run& run);

}  // namespace understudy::stages
