#include "understudy/model/batch_loss.h"

#include <torch/types.h>

#include <cmath>

#include "understudy/core/seeds.h"
#include "understudy/model/device.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

/// Part of a likeness' channels come from the performer's inter, drawn anew for each face; undefined where
/// nothing can be mixed.
torch::Tensor drawn_share(const NetworkPlan& plan, std::size_t identity, const TrainingFaces& faces,
                          const TrainingConfig& config, std::uint64_t seed, std::int64_t first,
                          torch::Device device) {
  if (plan.routes[identity].mixed_with < 0) return {};
  const std::int64_t channels = plan.decoders.front().front().channels_in;
  const std::int64_t own = std::llround(config.morph_factor * static_cast<double>(channels));
  at::Generator random =
      seeded_generator(item_seed(seed, "morph", first, static_cast<std::int64_t>(identity)));
  const torch::Tensor draws = at::rand({faces.samples_a_batch(), channels}, random, torch::kFloat32);
  const torch::Tensor share = (draws.argsort(1, false).argsort(1, false) < own).to(torch::kFloat32);
  const torch::Tensor own_share =
      share.narrow(0, faces.share().rank * config.batch, config.batch).view({config.batch, channels, 1, 1});
  return uploaded(own_share, device);
}

void add(torch::Tensor& sum, const torch::Tensor& term) {
  sum = sum.defined() ? sum + term : term;
}

}  // namespace

BatchLoss batch_loss(const Network& network, const StartingNetwork* start,
                     const std::vector<TrainingBatch>& batches, const TrainingFaces& faces,
                     const TrainingConfig& config, Adversary& adversary, std::uint64_t seed,
                     std::int64_t first) {
  std::vector<torch::Tensor> inputs, made, real;
  for (const TrainingBatch& batch : batches) inputs.push_back(batch.inputs_nchw);
  const torch::Tensor codes = network.encode(at::cat(inputs));
  const auto codes_of = [&](std::size_t place) {
    return codes.narrow(0, static_cast<std::int64_t>(place) * config.batch, config.batch);
  };
  const bool judged = Adversary::wanted(config), swapped = needs_swap(config.losses);
  const std::size_t put_in = mix_bits(item_seed(seed, "put in", first, 0)) % faces.likenesses();
  torch::Tensor likeness, performer, swap;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const TrainingBatch& batch = batches[i];
    // Faces that are paired with a likeness' are answered by its decoder.
    const bool of_likeness = faces.is_likeness(batch.identity);
    const std::size_t identity = config.paired ? 0 : batch.identity;
    const torch::Tensor share =
        drawn_share(network.plan(), identity, faces, config, seed, first, codes.device());
    // Codes moved to where the performer's lie, the decoder learns to answer those, too, and in their light.
    torch::Tensor code = codes_of(i), target = batch.targets_nchw;
    if (batch.code_offset.defined()) {
      const torch::Tensor moved = code + batch.code_offset.to(code.scalar_type());
      target = start->relit(target, code, moved, identity);
      code = moved;
    }
    const Decoded decoded = network.decode(code, identity, share);
    add(of_likeness ? likeness : performer, total_loss(config.losses, decoded, target, batch.masks_nchw,
                                                       config.outside_weight, batch.landmarks_n682));
    if (judged && faces.is_likeness(identity)) {
      made.push_back(decoded.image_nchw * batch.masks_nchw);
      real.push_back(target * batch.masks_nchw);
    }
    if (swapped && !of_likeness)
      add(swap, swap_loss(config.losses, network.decode(codes_of(i).detach(), put_in), batch.targets_nchw,
                          batch.masks_nchw));
  }
  const auto likenesses = static_cast<std::int64_t>(faces.likenesses()),
             performers = static_cast<std::int64_t>(faces.size()) - likenesses;
  BatchLoss out;
  const auto mean = [&](const torch::Tensor& sum, std::int64_t people) {
    return sum.defined() ? sum / static_cast<double>(people)
                         : at::zeros({}, codes.options().dtype(at::kFloat));
  };
  out.likeness = mean(likeness, likenesses);
  out.performer = mean(performer, performers);
  out.total = out.likeness + config.performer_weight * out.performer;
  if (swap.defined()) out.total = out.total + swap / static_cast<double>(performers);
  if (judged) {
    out.judged = {at::cat(made), at::cat(real), {}, {}};
    if (config.code_adversarial > 0) {
      out.judged.likeness_codes = codes.narrow(0, 0, likenesses * config.batch);
      out.judged.performer_codes = codes.narrow(0, likenesses * config.batch, performers * config.batch);
    }
    out.total = out.total + adversary.fooling(config, out.judged);
  }
  return out;
}

}  // namespace understudy::model
