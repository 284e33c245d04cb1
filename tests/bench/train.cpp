#include <torch/types.h>

#include "bench/benchmarks.h"
#include "bench/faces.h"
#include "bench/measure.h"
#include "understudy/model/device.h"
#include "understudy/model/layer_table.h"
#include "understudy/model/losses.h"
#include "understudy/model/network.h"
#include "understudy/model/optimizer.h"
#include "understudy/model/trainer.h"

namespace understudy::bench {
namespace {

constexpr const char* kPreset = "sketch";

Job step_job(const model::Preset& preset, int threads) {
  const Number number = works_in_bf16() ? Number::kBf16 : Number::kFp32;
  const auto pairs = static_cast<double>(preset.training.batch);
  return {"faces", 2 * pairs,
          product_seconds(pairs * model::layer_table(preset.network).pair_training_flops, number, threads)};
}

/// One iteration as understudy-train makes it: faces, augmentation, both directions, optimiser.
void whole_step(benchmark::State& state, int threads) {
  static const ClipFaces likeness("ada"), performer("bruno");
  model::TrainerOptions options;
  options.preset_name = kPreset;
  options.preset = model::presets().at(kPreset);
  options.threads = threads;
  model::TrainingStage stage;
  stage.iterations = 1'000'000;
  stage.training = options.preset.training;
  options.plan = {stage};
  options.crop_family = "whole";
  options.crop_px = kCropSide;
  model::Trainer trainer(options, {likeness, performer});
  use_threads(threads);
  trainer.step();
  repeat(state, step_job(options.preset, threads), [&] { return trainer.step().iteration; });
}

/// The network and the losses alone, on pictures that lie ready.
void forward_backward(benchmark::State& state, int threads) {
  const model::Preset& preset = model::presets().at(kPreset);
  const std::int64_t batch = preset.training.batch, out_px = preset.network.output_px;
  const torch::Tensor weights = model::initial_weights(model::weight_layout(preset.network), 1);
  const model::Network network(preset.network, weights,
                               model::working_type(model::Precision::kAuto, torch::kCPU), true);
  const torch::Tensor inputs = torch::rand({2 * batch, 3, preset.network.input_px, preset.network.input_px});
  const torch::Tensor targets = torch::rand({batch, 3, out_px, out_px}),
                      masks = torch::rand({batch, 1, out_px, out_px});
  const auto loss = [&](const torch::Tensor& codes, std::size_t identity) {
    return model::total_loss(preset.training.losses, network.decode(codes, identity), targets, masks,
                             preset.training.outside_weight);
  };
  repeat(state, step_job(preset, threads), [&] {
    network.gradients().zero_();
    const torch::Tensor codes = network.encode(inputs);
    const torch::Tensor sum = loss(codes.narrow(0, 0, batch), 0) + loss(codes.narrow(0, batch, batch), 1);
    sum.backward();
    return sum.item<double>();
  });
}

/// Weights, average and both moments are read and written in place, the gradient is read.
void update(benchmark::State& state, const model::Optimizer& optimizer) {
  const at::NoGradGuard no_gradients;
  const model::WeightLayout layout = model::weight_layout(model::presets().at(kPreset).network);
  const torch::Tensor weights = model::initial_weights(layout, 1), gradient = torch::rand_like(weights);
  model::OptimizerState buffers{weights, weights.clone(), torch::zeros_like(weights),
                                torch::zeros_like(weights)};
  model::UpdateRule rule{1e-3, 0.9, 0.99, 0.01, 1, 0.99, 1};
  const auto count = static_cast<double>(layout.total);
  repeat(state, {"megaweights", count / 1e6, in_place_seconds(count * 4 * (2 * 4 + 1))}, [&] {
    optimizer(buffers, gradient, rule);
    return rule.step++;
  });
}

}  // namespace

void add_train() {
  add(text("train-step/", kPreset), {1, 2}, whole_step);
  add(text("forward-backward/", kPreset), {1, 2}, forward_backward);
  for (const auto& optimizer : model::optimizers())
    add(text("optimizer/", optimizer.name), {1},
        [update_ = optimizer.value](auto& state, int) { update(state, update_); });
}

}  // namespace understudy::bench
