#pragma once

#include <vector>

#include "pack.h"

namespace understudy::faces {

constexpr std::int64_t kViewsOfEach = 4;

/// What the identity network learns from: several pictures of kIdentitySide pixels of each of some people.
struct IdentityBatch {
  torch::Tensor pictures;  ///< count x 3 x side x side, as network_input() gives them
  torch::Tensor person;    ///< count, int64

  static constexpr std::int64_t kRowsTogether = kViewsOfEach;
  std::vector<torch::Tensor*> parts() { return {&pictures, &person}; }
};

/// kViewsOfEach pictures of each person, `count` in all, cut by landmarks that are a little off and
/// photographed anew. Throws Error kInput when the pack has too few people.
IdentityBatch identity_batch(const Pack& pack, std::int64_t count);

}  // namespace understudy::faces
