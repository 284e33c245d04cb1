// A whole training on drawn faces, with its loader, augmentation and optimiser: seconds an iteration, and a
// checkpoint to compare with another's.
#include <torch/cuda.h>
#include <torch/types.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>

#include "drawn_faces.h"
#include "trace.h"
#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/device.h"
#include "understudy/model/layer_table.h"
#include "understudy/model/memory_estimate.h"
#include "understudy/model/trainer.h"

namespace understudy::model {
namespace {

struct Options {
  std::string preset_name;
  std::int64_t batch = 0, planned = 0, until = 0;
  std::string precision, device;
  std::filesystem::path folder, trace;
};

constexpr std::int64_t kWarmUp = 60;
constexpr std::size_t kFaces = 64;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

TrainerOptions trainer_options(const Options& options, std::int64_t crop_px) {
  TrainerOptions out;
  out.preset_name = options.preset_name;
  out.preset = presets().at(options.preset_name);
  out.preset.training.batch = options.batch;
  TrainingStage stage;
  stage.iterations = options.planned;
  stage.training = out.preset.training;
  out.plan = {stage};
  out.device = options.device;
  out.precision = precisions().at(options.precision);
  out.threads = 4;
  out.seed = 1;
  out.crop_family = "whole";
  out.crop_px = crop_px;
  out.step_ends = {kWarmUp};
  return out;
}

Json measured(const Options& options) {
  const std::int64_t crop_px = presets().at(options.preset_name).network.output_px * 2;
  const DrawnFaces likeness(kFaces, 1, crop_px), performer(kFaces, 0, crop_px);
  const TrainerOptions asked = trainer_options(options, crop_px);
  const torch::Device device = device_from_name(options.device);
  const std::uint64_t free_before = free_memory(device);
  Trainer trainer(asked, {likeness, performer});
  if (std::filesystem::exists(options.folder / "model.json")) trainer.resume(options.folder);
  std::vector<double> losses;
  double start = 0;
  std::int64_t start_iteration = 0;
  const auto advance = [&](std::int64_t until) {
    while (trainer.iteration() < until) {
      const StepReport report = trainer.step();
      losses.push_back(report.likeness_loss);
      if (start == 0 && trainer.iteration() >= kWarmUp) {
        if (torch::cuda::is_available()) torch::cuda::synchronize();
        start = wall_seconds();
        start_iteration = trainer.iteration();
      }
    }
  };
  advance(options.until);
  if (torch::cuda::is_available()) torch::cuda::synchronize();
  const double seconds = wall_seconds() - start;
  const auto timed = static_cast<double>(trainer.iteration() - start_iteration);
  const std::uint64_t taken = free_before - free_memory(device);
  if (!options.folder.empty()) trainer.save(options.folder);
  if (!options.trace.empty()) write_gpu_trace(options.trace, [&] { advance(options.until + 50); });
  const double flops =
      static_cast<double>(options.batch) * layer_table(asked.preset.network).pair_training_flops;
  return {{"iterations", trainer.iteration()},
          {"seconds", timed > 0 ? seconds / timed : 0},
          {"flops", flops},
          {"gpu_bytes", taken},
          {"gpu_bytes_estimated", training_memory(asked.preset, 2, true).device()},
          {"losses", losses}};
}

}  // namespace
}  // namespace understudy::model

int main(int argc, char** argv) {
  using namespace understudy;
  if (argc != 8 && argc != 9) {
    std::cerr << "usage: understudy_train_loop PRESET BATCH PLANNED UNTIL PRECISION DEVICE FOLDER [TRACE]\n"
                 "Trains on from what is in FOLDER until that iteration of those planned, and saves there; "
                 "TRACE: what the "
                 "GPU does in 50 more.\n";
    return 2;
  }
  try {
    const model::Options options{
        argv[1], std::stoll(argv[2]),     std::stoll(argv[3]), std::stoll(argv[4]), argv[5], argv[6],
        argv[7], argc == 9 ? argv[8] : ""};
    std::cout << json_text(model::measured(options)) << "\n";
  } catch (const std::exception& e) {
    std::cerr << "understudy_train_loop: " << e.what() << "\n";
    return 1;
  }
}
