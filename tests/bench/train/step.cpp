// The training step alone, on a batch that lies ready, for run.py. Writes the problem (weights, batch, sizes)
// into a folder, so that reference.py can solve the same one.
#include <ATen/Context.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/clipping.h"
#include "understudy/model/device.h"
#include "understudy/model/layer_table.h"
#include "understudy/model/losses.h"
#include "understudy/model/network.h"
#include "understudy/model/optimizer.h"
#include "understudy/model/replay.h"
#include "understudy/model/side_queue.h"

namespace understudy::model {
namespace {

struct Options {
  std::string preset_name;
  std::int64_t batch = 0, steps = 0;
  int threads = 0;
  std::string precision, device;
  std::filesystem::path folder;
};

/// Steps between two looks at the clock: a GPU works behind the program's back.
std::int64_t steps_a_look(torch::Device device) {
  return device.is_cuda() ? 10 : 1;
}

/// Smooth pictures and one disc a face, of the same size everywhere.
struct Batch {
  torch::Tensor inputs_nchw;  ///< the likenesses', then the performers'
  torch::Tensor targets_nchw[2], masks_nchw[2];

  void move_to(torch::Device device) {
    inputs_nchw = inputs_nchw.to(device);
    for (int side = 0; side < 2; ++side) {
      targets_nchw[side] = targets_nchw[side].to(device);
      masks_nchw[side] = masks_nchw[side].to(device);
    }
  }
};

torch::Tensor smooth_pictures(std::int64_t count, std::int64_t side) {
  return at::upsample_bilinear2d(at::rand({count, 3, 8, 8}), {side, side}, false);
}

torch::Tensor discs(std::int64_t count, std::int64_t side) {
  const torch::Tensor x = (at::arange(side, torch::kFloat32) + 0.5) / static_cast<double>(side);
  const torch::Tensor squares = (x - 0.5).square();
  const torch::Tensor inside = (squares.view({side, 1}) + squares.view({1, side})) < 0.3 * 0.3;
  return inside.to(torch::kFloat32).expand({count, 1, side, side}).contiguous();
}

Batch random_batch(const NetworkConfig& sizes, std::int64_t count) {
  Batch batch;
  batch.inputs_nchw = smooth_pictures(2 * count, sizes.input_px);
  for (int side = 0; side < 2; ++side) {
    batch.targets_nchw[side] = at::upsample_bilinear2d(batch.inputs_nchw.narrow(0, side * count, count),
                                                       {sizes.output_px, sizes.output_px}, false);
    batch.masks_nchw[side] = discs(count, sizes.output_px);
  }
  return batch;
}

/// AdamW for both programs, and the losses that both have.
Preset compared_preset(const Options& options) {
  Preset preset = presets().at(options.preset_name);
  preset.training.optimizer = "adamw";
  preset.training.losses = {{"dssim", 4}, {"l1", 4}, {"mask", 2}};
  preset.training.batch = options.batch;
  return preset;
}

void write_problem(const Options& options, const Preset& preset, const Batch& batch,
                   const torch::Tensor& weights) {
  NamedTensors tensors = named_weights(weight_layout(preset.network), weights, "");
  tensors.emplace_back("inputs", batch.inputs_nchw);
  for (int side = 0; side < 2; ++side) {
    tensors.emplace_back(text("targets.", side), batch.targets_nchw[side]);
    tensors.emplace_back(text("masks.", side), batch.masks_nchw[side]);
  }
  write_safetensors(options.folder / "problem.safetensors", tensors, {});
  write_json_file(options.folder / "problem.json", preset_to_json(preset));
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void wait_for(torch::Device device) {
  if (device.is_cuda()) torch::cuda::synchronize();
}

/// Operations a second of the quicker of libtorch's two products: its BLAS may be a slow one.
double product_peak(torch::ScalarType type, torch::Device device) {
  const std::int64_t side = device.is_cuda() ? 8192 : 1024;
  const at::NoGradGuard no_gradients;
  const torch::Tensor a = at::rand({side, side}).to(device, type),
                      b = at::rand({side, side}).to(device, type);
  double least = 1e9;
  const auto measure = [&](auto&& product) {
    const auto times = steps_a_look(device);
    for (int i = 0; i < 3; ++i) {
      wait_for(device);
      const double start = wall_seconds();
      for (std::int64_t k = 0; k < times; ++k) product();
      wait_for(device);
      least = std::min(least, (wall_seconds() - start) / static_cast<double>(times));
    }
  };
  measure([&] { at::mm(a, b); });
  if (device.is_cpu() && at::globalContext().hasMKLDNN()) {
    const torch::Tensor x = a.to_mkldnn(), weight = b.to_mkldnn();
    measure([&] { at::mkldnn_linear(x, weight); });
  }
  return 2.0 * static_cast<double>(side * side * side) / least;
}

/// What Trainer does with a batch, without what it reads of the losses.
class Step {
 public:
  Step(const Preset& preset, const Batch& batch, const torch::Tensor& weights, torch::ScalarType type)
      : config_(preset.training),
        batch_(batch),
        buffers_{weights, weights.clone(), at::zeros_like(weights), at::zeros_like(weights)},
        network_(preset.network, weights, type, true) {}

  /// Returns the loss before the update; the next step may overwrite it.
  torch::Tensor operator()() {
    network_.gradients().zero_();
    const torch::Tensor loss =
        replay_({batch_.inputs_nchw}, [this](const auto& in) { return Replay::Tensors{backward(in[0])}; })[0];
    const at::NoGradGuard no_gradients;
    UpdateRule rule{config_.learning_rate, config_.beta1, config_.beta2, config_.weight_decay, 1,
                    config_.ema,           ++step_};
    const torch::Tensor scale = (config_.clip_norm / network_.gradients().norm()).clamp_max(1);
    if (config_.clip_norm > 0) rule.scale_there = scale.data_ptr<float>();
    optimizers().at(config_.optimizer)(buffers_, network_.gradients(), rule);
    return loss;
  }

 private:
  torch::Tensor loss(const torch::Tensor& codes, int side) const {
    const Decoded decoded =
        network_.decode(codes.narrow(0, side * config_.batch, config_.batch), static_cast<std::size_t>(side));
    return total_loss(config_.losses, decoded, batch_.targets_nchw[side], batch_.masks_nchw[side],
                      config_.outside_weight);
  }

  torch::Tensor backward(const torch::Tensor& inputs) const {
    const torch::Tensor codes = network_.encode(inputs);
    SideQueue aside(inputs.device(), kSidePersons);
    aside.follow();
    aside.lend(codes);
    torch::Tensor other;
    aside.run([&] { other = loss(codes, 1); });
    const torch::Tensor own = loss(codes, 0);
    aside.join();
    aside.take(other);
    const torch::Tensor sum = own + other;
    sum.backward();
    return sum.detach();
  }

  TrainingConfig config_;
  const Batch& batch_;
  OptimizerState buffers_;
  Network network_;
  Replay replay_;
  std::int64_t step_ = 0;
};

Json measured(const Options& options) {
  use_threads(options.threads);
  at::globalContext().setBenchmarkCuDNN(true);
  at::manual_seed(1);
  const torch::Device device = device_from_name(options.device);
  const Preset preset = compared_preset(options);
  Batch batch = random_batch(preset.network, options.batch);
  const torch::Tensor weights = initial_weights(weight_layout(preset.network), 1);
  write_problem(options, preset, batch, weights);
  batch.move_to(device);
  const torch::ScalarType type = working_type(precisions().at(options.precision), device);
  const double peak = product_peak(type, device);
  Step step(preset, batch, weights.to(device), type);
  std::vector<double> losses, seconds;
  const double cpu_start = cpu_seconds();
  const auto look = static_cast<double>(steps_a_look(device));
  for (std::int64_t i = 0; i < options.steps; ++i) {
    const double start = wall_seconds();
    torch::Tensor loss;
    for (std::int64_t k = 0; k < steps_a_look(device); ++k) loss = step();
    losses.push_back(loss.item<double>());
    wait_for(device);
    seconds.push_back((wall_seconds() - start) / look);
  }
  const double flops = static_cast<double>(options.batch) * layer_table(preset.network).pair_training_flops;
  return {{"losses", losses},
          {"seconds", seconds},
          {"cpu_seconds", (cpu_seconds() - cpu_start) / (static_cast<double>(options.steps) * look)},
          {"step_flops", flops},
          {"peak_flops", std::max(peak, product_peak(type, device))},
          {"type", type == torch::kBFloat16 ? "bf16" : "fp32"}};
}

}  // namespace
}  // namespace understudy::model

int main(int argc, char** argv) {
  using namespace understudy;
  if (argc != 8) {
    std::cerr << "usage: understudy_train_bench PRESET BATCH STEPS THREADS PRECISION DEVICE FOLDER\n"
                 "On a GPU a step of STEPS is ten, of which the last one's loss is told.\n";
    return 2;
  }
  try {
    const model::Options options{
        argv[1], std::stoll(argv[2]), std::stoll(argv[3]), std::stoi(argv[4]), argv[5], argv[6], argv[7]};
    std::cout << json_text(model::measured(options)) << "\n";
  } catch (const std::exception& e) {
    std::cerr << "understudy_train_bench: " << e.what() << "\n";
    return 1;
  }
}
