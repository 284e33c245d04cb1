#include "understudy/model/converter.h"

#include <torch/types.h>

#include "bench/benchmarks.h"
#include "bench/faces.h"
#include "bench/measure.h"
#include "bench/samples.h"
#include "understudy/model/layer_table.h"
#include "understudy/model/network.h"

namespace understudy::bench {
namespace {

constexpr const char* kPreset = "sketch";
constexpr std::int64_t kBatch = 8;

/// A model that has learned nothing, which takes as long as one that has.
std::filesystem::path untrained_model(const model::Preset& preset) {
  const std::filesystem::path folder = scratch() / "model";
  if (model::has_checkpoint(folder)) return folder;
  model::ModelHeader header;
  header.preset_name = kPreset;
  header.preset = preset;
  header.crop_family = "whole";
  header.crop_px = kCropSide;
  header.window = model::window_in("whole");
  const model::WeightLayout layout = model::weight_layout(preset.network);
  const torch::Tensor weights = model::initial_weights(layout, 1);
  model::save_checkpoint(folder, header,
                         model::named_weights(layout, weights, model::CheckpointPart::kAverage));
  return folder;
}

void convert(benchmark::State& state, int threads) {
  const model::Preset& preset = model::presets().at(kPreset);
  const model::Converter converter(untrained_model(preset), "cpu", threads);
  use_threads(threads);
  static const ClipFaces performer("bruno");
  std::vector<torch::Tensor> crops;
  for (std::size_t i = 0; i < kBatch; ++i) crops.push_back(performer.load(i).image_hwc);
  const torch::Tensor faces = torch::stack(crops);
  const double flops = kBatch * model::layer_table(preset.network).inference_flops;
  const Number number = works_in_bf16() ? Number::kBf16 : Number::kFp32;
  repeat(state, {"faces", kBatch, product_seconds(flops, number, threads)},
         [&] { return converter.convert(faces); });
}

}  // namespace

void add_convert() {
  add(text("convert/", kPreset, "/batch-", kBatch), {1, 2}, convert);
}

}  // namespace understudy::bench
