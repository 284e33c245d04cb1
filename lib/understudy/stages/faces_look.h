#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/stages/faces_list.h"

namespace understudy::stages {

/// What a face looks like, in few numbers: the luma of its crop at 32 x 32 pixels, less its mean and of unit
/// length, in the 10 x 10 lowest frequencies of its cosine transform. Two of them are 0 to 2 apart;
/// brightness and contrast do not count.
struct FaceLook {
  static constexpr std::size_t kNumbers = 104;  ///< 100 and zeros, for whole vectors of the processor
  std::array<float, kNumbers> numbers{};
  double brightness = 0;  ///< mean luma of the crop's inner half, 0 to 255
};

double distance(const FaceLook& a, const FaceLook& b);

/// The mean of some, which is at least one.
FaceLook mean_look(const std::vector<const FaceLook*>& looks);

/// Of each face, absent (and a failure in the report) where the picture cannot be read. Reads the pictures on
/// all threads.
std::vector<std::optional<FaceLook>> looks_of(const std::vector<ListedFace>& faces, Run& run);

}  // namespace understudy::stages
