#include "understudy/stages/train_print.h"

#include <torch/types.h>

#include "understudy/core/memory.h"
#include "understudy/core/toml.h"
#include "understudy/model/device.h"
#include "understudy/model/layer_table.h"
#include "understudy/model/memory_estimate.h"
#include "understudy/stages/train_plan.h"

namespace understudy::stages {
namespace {}  // namespace

Outcome print_model(const TrainOptions& options, Run& run) {
  const model::Preset preset = changed_preset(options);
  const torch::Device device = model::device_from_name(options.common.device);
  const model::Precision precision = model::precisions().at(options.precision);
  const bool half = model::working_type(precision, device) == torch::kBFloat16;
  const std::int64_t working_bytes = half ? 2 : 4;
  const char* type = half ? "bfloat16" : "float32";
  const model::LayerTable table = model::layer_table(preset.network);
  const auto training = model::training_memory(preset, working_bytes, device.is_cuda());
  const auto inference =
      model::inference_memory(preset.network, kConvertBatch, working_bytes, device.is_cuda());

  run.report.details["model"] = {{"preset", options.preset},
                                 {"device", device.str()},
                                 {"working_type", type},
                                 {"batch", preset.training.batch},
                                 {"table", model::layer_table_json(table)},
                                 {"training_memory", model::memory_json(training)},
                                 {"inference_memory", model::memory_json(inference)},
                                 {"available_memory", available_memory()}};
  Outcome outcome;
  outcome.result =
      text(preset.network.architecture, " of ", preset.network.output_px, " pixels: ", options.preset, "\n\n",
           model::layer_table_text(table), "\nmemory for training on ", device.str(), " in ", type,
           ", a batch of ", preset.training.batch, "\n", model::memory_text(training),
           "\nmemory for converting, a batch of ", kConvertBatch, "\n", model::memory_text(inference),
           "\navailable on this machine now: ", bytes_text(static_cast<double>(available_memory())), "\n");
  return outcome;
}

Outcome print_preset(const TrainOptions& options) {
  return {.result = toml_text(model::preset_to_json(changed_preset(options)))};
}

}  // namespace understudy::stages
