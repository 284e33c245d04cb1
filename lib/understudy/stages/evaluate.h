#pragma once

#include <filesystem>

#include "understudy/stages/common.h"

namespace understudy::stages {

struct EvaluateOptions {
  CommonOptions common;
  std::filesystem::path result, truth, plate;
  std::filesystem::path mask;  ///< grey video or pictures; empty: where truth and plate differ
};

/// Compares a result with the true swap, and the plate with it too, which is the score of doing nothing.
/// Frames are matched by their order. The outcome's `result` is one JSON object; `docs/tools/evaluate.md`
/// defines every number in it:
///
/// - PSNR of RGB in 8 bits from the mean squared error over all counted pixels of all frames (100 when
/// equal); SSIM on luma, 11 x 11
///   Gaussian window of 1.5, mean over the same pixels. A pixel is inside where the mask is above 127.
/// - `likeness`: correlation inside the mask, mean over frames, of luma's face-sized features (difference of
/// Gaussians of 2 % and 6 %
///   of the square root of the mask's mean area). `margin` is result_to_truth - result_to_plate.
/// - `flicker_ratio`: mean absolute change of luma from frame to frame where both frames' masks count,
/// divided by the truth's own.
/// - A number that nothing was counted for is null.
///
/// Throws Error kInput, kFormat when sources differ in size or count, or a frame cannot be read.
Outcome evaluate(const EvaluateOptions& options, Run& run);

}  // namespace understudy::stages
