#pragma once

#include <cstdint>

namespace understudy::model {

/// Which checkpoints a folder keeps.
struct KeepRule {
  std::int64_t newest = 3;           ///< the ring: this many of the newest, at least 1
  std::int64_t milestone_every = 0;  ///< iterations between those that are never removed; 0: there are none
};

}  // namespace understudy::model
