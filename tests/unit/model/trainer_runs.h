#pragma once

#include "understudy/core/files.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/trainer.h"

namespace understudy::model {

/// All that a checkpoint holds of it.
inline TensorFile state_of(const Trainer& trainer) {
  const TempFolder folder;
  trainer.save(folder.path());
  return load_checkpoint(folder.path()).file;
}

inline void run(Trainer& trainer, int steps) {
  for (int i = 0; i < steps; ++i) trainer.step();
}

}  // namespace understudy::model
