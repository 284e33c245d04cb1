#pragma once

#include <string>

#include "understudy/dataset/dataset.h"
#include "understudy/stages/merge_frame.h"

namespace understudy::stages {

/// Where a look of the job asks for them, notes the masks that align left for its faces, where they say what
/// of a face is visible: made by a network (align --mask skin) or drawn by hand, not outlines of landmarks.
/// Throws Error kFormat.
void note_visible_masks(const dataset::Dataset& dataset, const std::string& source, MergeJob& job);

}  // namespace understudy::stages
