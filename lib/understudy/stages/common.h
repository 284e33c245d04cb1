#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "understudy/core/frames.h"
#include "understudy/core/run.h"

namespace understudy::stages {

/// Defaults of the stages' own options which a plan reckons with.
inline constexpr int kDetectEvery = 5;      ///< the detector looks at frames whose number this divides
inline constexpr int kConvertBatch = 8;     ///< faces that go through the network together
inline constexpr double kSteadyFrames = 2;  ///< sigma of what steadies the measured along a track

/// Options that every stage shares; bound to the command line by cli/tool.h.
struct CommonOptions {
  FrameSelection frames;
  int threads = 0;  ///< 0: as many as the scheduler or the machine allows
  std::string device = "auto";
  std::uint64_t memory = 0;  ///< bytes that suffice; 0: what it takes
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
