#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "understudy/model/distributed/group.h"

namespace understudy::model {

/// Averages gradients over the ranks while the backward pass still runs. The gradients of all weights lie in
/// one flat buffer; it is cut into buckets of neighbours, each of which is summed in place, without a copy,
/// as soon as its last weight's gradient has come. Buckets go out in the same order on all ranks: from the
/// end of the buffer, where the layers lie whose gradients come first.
///
///     exchange.begin(loss);     // before the last backward of a step
///     loss.backward();
///     exchange.finish();
class GradientExchange {
 public:
  /// `weights`: leaves whose gradients are views into `flat_gradients`, float32. `bucket_bytes`: a bucket
  /// ends with the weight that makes it this large; 0: a sixteenth of the buffer, but 2 MiB at least, since
  /// each costs a message to every rank. The group must outlive the exchange.
  GradientExchange(Group& group, const std::vector<torch::Tensor>& weights, torch::Tensor flat_gradients,
                   std::int64_t bucket_bytes = 0);
  ~GradientExchange();
  GradientExchange(const GradientExchange&) = delete;
  GradientExchange& operator=(const GradientExchange&) = delete;

  /// From here to finish(), gradients that arrive go out. Weights that `loss` does not depend on are not
  /// waited for.
  void begin(const torch::Tensor& loss);
  /// Returns with the mean over the ranks of the whole buffer. Throws as Group does.
  void finish();

  std::int64_t buckets() const;
  /// How many of the last step's buckets went out before backward was over.
  std::int64_t overlapped() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with the hooks, which live as long as a graph does
};

}  // namespace understudy::model
