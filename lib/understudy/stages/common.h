#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "understudy/core/frames.h"
#include "understudy/core/run.h"

namespace understudy::stages {

/// Options that every stage shares; bound to the command line by cli/tool.h.
struct CommonOptions {
  FrameSelection frames;
  int threads = 0;  ///< 0: as many as the scheduler or the machine allows
  std::string device = "auto";
  std::uint64_t seed = 0;
  bool dry_run = false;
  bool replace = false;
};

/// How consents are checked; bound to the command line by cli/tool.h.
struct ConsentOptions {
  std::filesystem::path revocations;  ///< a list of what was taken back; empty: none
  bool signed_only = false;           ///< records must be signed
};

}  // namespace understudy::stages
