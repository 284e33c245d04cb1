#pragma once

#include "understudy/vision/masker.h"

namespace understudy::vision {

/// The outline of the landmarks, see face::hull_mask().
std::unique_ptr<Masker> make_hull_masker(const MaskerOptions& options);

/// What our face network takes for the face's visible skin, also above that outline. Comes with Understudy.
std::unique_ptr<Masker> make_skin_masker(const MaskerOptions& options);

}  // namespace understudy::vision
