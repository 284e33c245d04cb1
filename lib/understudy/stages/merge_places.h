#pragma once

#include "understudy/media/source.h"
#include "understudy/stages/merge.h"

namespace understudy::stages {

/// Throws Error kUsage when two of what is written and read are one place, the elements have no folder of
/// their own, or a preview does not fit: a name that is no .png, outputs or frames that it does not make, a
/// frame that the plate lacks.
void check_places(const MergeOptions& options, const media::SourceInfo& plate);

}  // namespace understudy::stages
