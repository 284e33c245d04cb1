#include "understudy/model/batch_loss.h"

#include <torch/types.h>

#include <cmath>

#include "understudy/core/seeds.h"
#include "understudy/model/device.h"
#include "understudy/model/losses.h"
#include "understudy/model/side_queue.h"

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
  if (term.defined()) sum = sum.defined() ? sum + term : term;
}

/// What one person's faces bring; undefined where nothing is asked for.
struct PersonLoss {
  torch::Tensor own, swap;
  torch::Tensor made, real;  ///< for the discriminator

  std::vector<torch::Tensor> all() const { return {own, swap, made, real}; }
};

/// What a person's loss is made of.
struct Circumstances {
  const Network& network;
  const StartingNetwork* start;
  const TrainingFaces& faces;
  const TrainingConfig& config;
  std::uint64_t seed;
  std::int64_t first;
};

PersonLoss person_loss(const Circumstances& c, const TrainingBatch& batch, torch::Tensor code) {
  const TrainingConfig& config = c.config;
  // Faces that are paired with a likeness' are answered by its decoder.
  const std::size_t identity = config.paired ? 0 : batch.identity;
  const torch::Tensor share =
      drawn_share(c.network.plan(), identity, c.faces, config, c.seed, c.first, code.device());
  const torch::Tensor drawn_code = code;
  // Codes moved to where the performer's lie, the decoder learns to answer those, too, and in their light.
  torch::Tensor target = batch.targets_nchw;
  if (batch.code_offset.defined()) {
    code = code + batch.code_offset.to(code.scalar_type());
    target = c.start->relit(target, drawn_code, code, identity, batch.landmarks_n682);
  }
  const Decoded decoded = c.network.decode(code, identity, share);
  PersonLoss out;
  out.own = total_loss(config.losses, decoded, target, batch.masks_nchw, config.outside_weight,
                       batch.landmarks_n682);
  if (Adversary::wanted(config) && c.faces.is_likeness(identity)) {
    out.made = decoded.image_nchw * batch.masks_nchw;
    out.real = target * batch.masks_nchw;
  }
  if (needs_swap(config.losses) && !c.faces.is_likeness(batch.identity)) {
    const std::size_t put_in = mix_bits(item_seed(c.seed, "put in", c.first, 0)) % c.faces.likenesses();
    out.swap = swap_loss(config.losses, c.network.decode(drawn_code.detach(), put_in), batch.targets_nchw,
                         batch.masks_nchw);
  }
  return out;
}

/// Every second person's work is put aside, so that a GPU has two kinds of small work at hand.
std::vector<PersonLoss> person_losses(const Circumstances& c, const std::vector<TrainingBatch>& batches,
                                      const torch::Tensor& codes) {
  std::vector<PersonLoss> out(batches.size());
  SideQueue aside(codes.device(), kSidePersons);
  aside.follow();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const torch::Tensor own = codes.narrow(0, static_cast<std::int64_t>(i) * c.config.batch, c.config.batch);
    if (i % 2 == 0) {
      out[i] = person_loss(c, batches[i], own);
      continue;
    }
    aside.lend(own);
    for (const torch::Tensor& tensor : batches[i].tensors()) aside.lend(tensor);
    aside.run([&] { out[i] = person_loss(c, batches[i], own); });
  }
  aside.join();
  for (std::size_t i = 1; i < out.size(); i += 2)
    for (const torch::Tensor& tensor : out[i].all()) aside.take(tensor);
  return out;
}

}  // namespace

BatchLoss batch_loss(const Network& network, const StartingNetwork* start,
                     const std::vector<TrainingBatch>& batches, const TrainingFaces& faces,
                     const TrainingConfig& config, Adversary& adversary, std::uint64_t seed,
                     std::int64_t first) {
  std::vector<torch::Tensor> inputs, made, real;
  for (const TrainingBatch& batch : batches) inputs.push_back(batch.inputs_nchw);
  const torch::Tensor codes = network.encode(at::cat(inputs));
  const std::vector<PersonLoss> persons =
      person_losses({network, start, faces, config, seed, first}, batches, codes);
  torch::Tensor likeness, performer, swap;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    add(faces.is_likeness(batches[i].identity) ? likeness : performer, persons[i].own);
    add(swap, persons[i].swap);
    if (!persons[i].made.defined()) continue;
    made.push_back(persons[i].made);
    real.push_back(persons[i].real);
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
  if (Adversary::wanted(config)) {
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
