#include <torch/types.h>

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/memory.h"
#include "understudy/core/text.h"
#include "understudy/model/memory_estimate.h"
#include "understudy/model/trainer.h"

namespace understudy::model {
namespace {

std::string sizes_text(const NetworkConfig& n) {
  return text("'", n.architecture, "', ", n.input_px, " pixels in, ", n.output_px, " out, code ", n.code_size,
              ", people ", joined(n.likenesses), " and ", joined(n.performers));
}

MemoryEstimate stage_memory(const TrainerOptions& options, const TrainingConfig& training) {
  const torch::Device device = device_from_name(options.device);
  const auto working_bytes =
      static_cast<std::int64_t>(c10::elementSize(working_type(options.precision, device)));
  Preset preset = options.preset;
  preset.training = training;
  return training_memory(preset, working_bytes, device.is_cuda());
}

/// Refuses what the memory cannot hold.
void check_fits(const TrainerOptions& options, const TrainingConfig& training) {
  const std::uint64_t available = available_memory();
  check_memory(stage_memory(options, training),
               {options.memory > 0 ? std::min(options.memory, available) : available,
                free_memory(device_from_name(options.device))},
               training);
}

}  // namespace

std::vector<TrainingStage> plan_of(const TrainerOptions& options) {
  if (!options.plan.empty()) return options.plan;
  TrainingStage stage;
  stage.training = options.preset.training;
  return {stage};
}

MemoryEstimate expected_memory(const TrainerOptions& options) {
  std::vector<MemoryEstimate> all;
  for (const TrainingStage& stage : plan_of(options)) all.push_back(stage_memory(options, stage.training));
  return *std::ranges::max_element(all, {}, &MemoryEstimate::total);
}

bool looks_back(const std::vector<TrainingStage>& plan) {
  return std::ranges::any_of(plan, [](const TrainingStage& s) { return s.training.augment.code_shift > 0; });
}

void check_options(const TrainerOptions& options) {
  check_preset(options.preset, text("the preset '", options.preset_name, "'"));
  for (const TrainingStage& stage : plan_of(options)) check_fits(options, stage.training);
}

void check_goes_on(const ModelHeader& h, const TrainerOptions& options, const std::filesystem::path& folder) {
  if (!(h.preset.network == options.preset.network)) {
    throw Error(ErrorCode::kFormat,
                text(folder.string(), " holds a model of the preset '", h.preset_name, "' (",
                     sizes_text(h.preset.network), "), this training is of '", options.preset_name, "' (",
                     sizes_text(options.preset.network), ")"),
                text("use --preset ", h.preset_name, " or another model folder"));
  }
  if (h.crop_family != options.crop_family) {
    throw Error(ErrorCode::kFormat,
                text(folder.string(), " holds a model of '", h.crop_family, "' crops, these faces are '",
                     options.crop_family, "' crops"),
                "align the faces with the model's crop family, or use another model folder");
  }
}

}  // namespace understudy::model
