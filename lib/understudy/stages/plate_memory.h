#pragma once

#include "understudy/media/picture.h"
#include "understudy/stages/memory_need.h"

namespace understudy::stages {

// What the stages need that read a plate. Apart from the others' needs, whose programs then come without the
// libraries that read videos and pictures: to load these takes a third of a second.

/// Counts the frames that are read and looked at together.
MemoryNeed extract_memory(const media::PictureFormat& plate, int threads, int detect_every, int min_face_px);

/// Counts threads. `radius`: frames on either side that are looked at with each. `face_px`: pixels of the
/// largest face's square in its frame. `codec`: as media's.
MemoryNeed merge_memory(const media::PictureFormat& plate, const std::string& codec, int threads,
                        std::int64_t radius, double face_px);

}  // namespace understudy::stages
