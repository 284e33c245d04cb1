#pragma once

#include <filesystem>

#include "understudy/core/run.h"
#include "understudy/stages/verify_delivery.h"

namespace understudy::stages {

struct VerifyOptions {
  std::filesystem::path path;  ///< a dataset, a model, or a delivered file or folder of pictures
  bool json = false;           ///< what was found as JSON rather than as text
  std::filesystem::path html;  ///< a page of the same for a delivered file; empty: none
  DeliveryRules rules;
};

/// Reads every byte of a dataset or model and prints where it comes from; checks a delivered file's content
/// credentials and prints what it says of itself. What is damaged, not verified or no longer covered by
/// consent is a failure of the report.
Outcome verify(const VerifyOptions& options, Run& run);

}  // namespace understudy::stages
