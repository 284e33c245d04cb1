#pragma once

#include <cstdint>
#include <vector>

#include "understudy/model/adversary.h"
#include "understudy/model/network.h"
#include "understudy/model/starting_network.h"
#include "understudy/model/training_faces.h"

namespace understudy::model {

/// The losses of one batch of each person; scalars with their graph.
struct BatchLoss {
  torch::Tensor likeness, performer;  ///< means over the people of a side; 0 of a side that is not taught
  torch::Tensor total;                ///< what to lower: both sides, the swap, what fools the discriminators
  Judged judged;                      ///< for the discriminators; undefined unless they are wanted
};

/// Runs the network over the batches, one of each person that is taught, and compares. `seed` and `first`,
/// the batches' place in the sequence of samples, decide what is drawn by chance. `start`, not null when
/// codes are moved, says what light the targets then get. `adversary` is looked at when the configuration
/// wants it.
BatchLoss batch_loss(const Network& network, const StartingNetwork* start,
                     const std::vector<TrainingBatch>& batches, const TrainingFaces& faces,
                     const TrainingConfig& config, Adversary& adversary, std::uint64_t seed,
                     std::int64_t first);

}  // namespace understudy::model
