#include "given.h"
#include "understudy/core/toml.h"
#include "understudy/model/training_plan.h"

/// The bytes as a preset, as a plan and as a rule to stop by: the same after writing and reading, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;
  static const model::TrainingConfig training = model::find_preset("sketch").training;
  const std::string words(fuzz::text_of(data, size));
  fuzz::takes([&] { model::until_from_text(words); });
  Json given;
  if (!fuzz::takes([&] { given = parse_toml(words, "fuzz"); })) return 0;
  model::Preset preset;
  if (fuzz::takes([&] { preset = model::preset_from_json(given, "fuzz"); }) &&
      model::preset_from_json(model::preset_to_json(preset), "written") != preset)
    std::abort();
  std::vector<model::TrainingStage> plan;
  if (fuzz::takes([&] { plan = model::plan_from_json(given, training, "fuzz"); }) &&
      model::plan_from_json(model::plan_to_json(plan), training, "written") != plan)
    std::abort();
  return 0;
}
