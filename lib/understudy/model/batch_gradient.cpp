#include "understudy/model/batch_gradient.h"

#include <torch/types.h>

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/model/batch_loss.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

/// The batches' tensors one after another.
Replay::Tensors tensors_of(const std::vector<TrainingBatch>& batches) {
  Replay::Tensors out;
  for (const TrainingBatch& batch : batches) std::ranges::copy(batch.tensors(), std::back_inserter(out));
  return out;
}

/// And back; `like` says whom they show.
std::vector<TrainingBatch> batches_of(const Replay::Tensors& tensors,
                                      const std::vector<TrainingBatch>& like) {
  std::vector<TrainingBatch> out;
  auto next = tensors.begin();
  for (const TrainingBatch& batch : like) {
    TrainingBatch made;
    made.identity = batch.identity;
    for (torch::Tensor* place :
         {&made.inputs_nchw, &made.targets_nchw, &made.masks_nchw, &made.landmarks_n682, &made.code_offset})
      *place = *next++;
    out.push_back(std::move(made));
  }
  return out;
}

}  // namespace

/// Where nothing is drawn by chance and nobody else takes part, the work depends on the batches alone.
bool BatchGradient::may_replay(const TrainingConfig& config) const {
  const bool mixes =
      std::ranges::any_of(network_.plan().routes, [](const Route& route) { return route.mixed_with >= 0; });
  const bool picks = needs_swap(config.losses) && faces_.likenesses() > 1;
  return !mixes && !picks && !Adversary::wanted(config) && faces_.share().ranks == 1;
}

torch::Tensor BatchGradient::add(const TrainingConfig& config, const StartingNetwork* start,
                                 const BatchPlace& place) {
  const std::vector<TrainingBatch> batches = faces_.batches(place.first, place.strength);
  const auto work = [&](const Replay::Tensors& tensors) {
    return Replay::Tensors{backward(config, start, place, batches_of(tensors, batches))};
  };
  const Replay::Tensors tensors = tensors_of(batches);
  return (may_replay(config) ? replay_(tensors, work) : work(tensors))[0];
}

torch::Tensor BatchGradient::backward(const TrainingConfig& config, const StartingNetwork* start,
                                      const BatchPlace& place, const std::vector<TrainingBatch>& batches) {
  const double share = 1 / static_cast<double>(config.accumulate);
  const BatchLoss loss =
      batch_loss(network_, start, batches, faces_, config, adversary_, place.seed, place.first);
  const torch::Tensor total = loss.total * share;
  if (!total.requires_grad())
    throw Error(ErrorCode::kUsage, "nothing that is taught can move: all weights it goes through are frozen",
                "look at freeze, performer_weight and paired");
  if (place.completes) exchange_.begin(total);
  total.backward();
  if (Adversary::wanted(config)) adversary_.judge(config, loss.judged, share);
  return at::stack({loss.likeness.detach(), loss.performer.detach()}) * share;
}

}  // namespace understudy::model
