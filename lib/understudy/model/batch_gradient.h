#pragma once

#include <cstdint>

#include "understudy/model/adversary.h"
#include "understudy/model/distributed/gradient_exchange.h"
#include "understudy/model/network.h"
#include "understudy/model/replay.h"
#include "understudy/model/starting_network.h"
#include "understudy/model/training_faces.h"

namespace understudy::model {

/// One batch of a step.
struct BatchPlace {
  std::uint64_t seed;
  std::int64_t first;  ///< its place in the sequence of samples
  double strength;     ///< see augment()
  bool completes;      ///< it is the step's last, with which the gradient goes out to the other processes
};

/// Makes batches' parts of the gradient. What it is made of must outlive it.
class BatchGradient {
 public:
  BatchGradient(const Network& network, TrainingFaces& faces, Adversary& adversary,
                GradientExchange& exchange)
      : network_(network), faces_(faces), adversary_(adversary), exchange_(exchange) {}

  /// Adds a batch's part to the network's gradient, and to the discriminators'; returns the losses of
  /// likeness and performer, 2 numbers on the device that the next call may overwrite. `start`: see
  /// batch_loss(). Throws Error kUsage when no weight can move.
  torch::Tensor add(const TrainingConfig& config, const StartingNetwork* start, const BatchPlace& place);
  /// From now on with another configuration, other weights that move or another start.
  void forget() { replay_.forget(); }

 private:
  torch::Tensor backward(const TrainingConfig& config, const StartingNetwork* start, const BatchPlace& place,
                         const std::vector<TrainingBatch>& batches);
  bool may_replay(const TrainingConfig& config) const;

  const Network& network_;
  TrainingFaces& faces_;
  Adversary& adversary_;
  GradientExchange& exchange_;
  Replay replay_;
};

}  // namespace understudy::model
