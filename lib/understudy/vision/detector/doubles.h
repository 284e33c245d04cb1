#pragma once

#include <vector>

#include "understudy/vision/detector.h"

namespace understudy::vision {

/// Whether `box` shows the face that `better` shows, or a part of it.
bool means_the_same(const face::Box& box, const face::Box& better);

/// The best of each group of boxes that overlap by more than 0.3 (intersection over union), best first. A box
/// of which more than 0.7 lie in a better one is a part of that face, such as a mouth, and belongs to it.
std::vector<Detection> without_doubles(std::vector<Detection> faces);

}  // namespace understudy::vision
