#include "understudy/stages/train_plan.h"

#include <algorithm>
#include <charconv>

#include "understudy/core/files.h"
#include "understudy/core/toml.h"

namespace understudy::stages {
namespace {

struct Assignment {
  std::string name, value;
};

Assignment assignment(const std::string& words, const char* option, const char* form) {
  const std::size_t equals = words.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == words.size())
    throw Error(ErrorCode::kUsage, text(option, " ", words, ": ", form, " was expected"));
  return {words.substr(0, equals), words.substr(equals + 1)};
}

/// A wrong value on the command line is wrong usage, not a wrong file.
template <class Work>
auto as_usage(const Work& work) {
  try {
    return work();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kFormat) throw;
    throw Error(ErrorCode::kUsage, e.message(), e.hint());
  }
}

/// KEY=VALUE as TOML has it; words need no quotes.
Json change_from_text(const std::string& words) {
  const auto [name, value] = assignment(words, "--set", "KEY=VALUE");
  const std::string where = text("--set ", words);
  try {
    return parse_toml(text(name, " = ", value), where);
  } catch (const Error&) {
    return parse_toml(text(name, " = ", json_text(value)), where);
  }
}

void set_loss(model::TrainingConfig& training, const std::string& words) {
  const auto [name, value] = assignment(words, "--loss", "NAME=WEIGHT");
  double weight = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), weight);
  if (error != std::errc() || end != value.data() + value.size())
    throw Error(ErrorCode::kUsage, text("--loss ", words, ": '", value, "' is no number"));
  const auto found = std::ranges::find(training.losses, name, &model::LossTerm::name);
  if (found != training.losses.end())
    found->weight = weight;
  else
    training.losses.push_back({name, weight});
}

}  // namespace

model::Preset changed_preset(const TrainOptions& options) {
  model::Preset preset = model::find_preset(options.preset);
  return as_usage([&] {
    for (const std::string& words : options.changes)
      preset.training =
          model::changed_training(preset.training, change_from_text(words), text("--set ", words));
    for (const std::string& words : options.losses) set_loss(preset.training, words);
    if (options.batch > 0) preset.training.batch = options.batch;
    std::ranges::sort(preset.training.losses, {}, &model::LossTerm::name);
    model::check_preset(preset, text("the preset ", options.preset, " with its changes"));
    return preset;
  });
}

std::vector<model::TrainingStage> wanted_plan(const TrainOptions& options,
                                              const model::TrainingConfig& training) {
  if (!options.plan.empty()) {
    const std::string where = options.plan.string();
    return model::plan_from_json(parse_toml(read_file(options.plan), where), training, where);
  }
  model::TrainingStage stage;
  stage.iterations = options.iterations;
  stage.minutes = options.minutes;
  stage.until = model::until_from_text(options.until);
  stage.training = training;
  return {stage};
}

}  // namespace understudy::stages
