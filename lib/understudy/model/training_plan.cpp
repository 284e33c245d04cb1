#include "understudy/model/training_plan.h"

#include <charconv>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

Json registered(Json changes) {
  changes["no_warp_tail"] = 0.0;
  changes["augment"] = {
      {"warp", 0.0}, {"input_rotation_deg", 0.0}, {"input_scale", 0.0}, {"input_shift", 0.0}};
  return changes;
}

TrainingStage stage_from_json(const Json& json, const TrainingConfig& training, const std::string& where) {
  if (!json.is_object()) throw Error(ErrorCode::kFormat, text(where, ": a table of fields was expected"));
  for (const auto& [key, value] : json.items())
    if (key != "kind" && key != "iterations" && key != "minutes" && key != "until" && key != "training")
      throw Error(ErrorCode::kFormat, text(where, ": a stage has no field '", key, "'"),
                  "its fields are kind, iterations, minutes, until and training");
  TrainingStage stage;
  stage.kind = json_field<std::string>(json, "kind", where);
  try {
    stage.training = changed_training(training, stage_kinds().at(stage.kind), where);
    if (json.contains("until")) stage.until = until_from_text(json_field<std::string>(json, "until", where));
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kUsage) throw;
    throw Error(ErrorCode::kFormat, text(where, ": ", e.message()), e.hint());
  }
  if (json.contains("iterations")) stage.iterations = json_field<std::int64_t>(json, "iterations", where);
  if (json.contains("minutes")) stage.minutes = json_field<double>(json, "minutes", where);
  if (stage.iterations.value_or(1) < 1 || stage.minutes.value_or(1) <= 0)
    throw Error(ErrorCode::kFormat, text(where, ": iterations and minutes must be above 0"));
  if (json.contains("training")) stage.training = changed_training(stage.training, json["training"], where);
  return stage;
}

}  // namespace

Until until_from_text(const std::string& words) {
  constexpr std::string_view kLoss = "loss=";
  if (words.empty()) return {};
  if (words == "plateau") return {true, {}};
  if (words.starts_with(kLoss)) {
    double value = 0;
    const char *begin = words.data() + kLoss.size(), *end = words.data() + words.size();
    const auto [parsed, error] = std::from_chars(begin, end, value);
    if (error == std::errc() && parsed == end && std::isfinite(value) && value > 0) return {false, value};
  }
  throw Error(ErrorCode::kUsage, text("'", words, "' is no rule to stop by"),
              "write plateau, or loss=X with a number above 0");
}

std::string until_text(const Until& until) {
  if (until.plateau) return "plateau";
  return until.loss ? text("loss=", json_text(*until.loss)) : "";
}

const Table<Json>& stage_kinds() {
  static const Table<Json> table(
      "kind of stage", {{"train", "the preset as it is", Json::object()},
                        {"pretrain",
                         "learns faces as such: mirrored ones too, every pose equally often",
                         {{"no_warp_tail", 0.0}, {"pose_balance", 1.0}, {"augment", {{"flip", 0.5}}}}},
                        {"warp", "inputs are warped and moved to the end", {{"no_warp_tail", 0.0}}},
                        {"no-warp", "inputs stay in place: details sharpen", registered(Json::object())},
                        {"lr-dropout", "no-warp, and each step moves a part of the weights only",
                         registered({{"rate_dropout", 0.7}})},
                        {"adversarial", "no-warp, and a discriminator judges the pictures",
                         registered({{"adversarial", 0.1}})}});
  return table;
}

std::vector<TrainingStage> plan_from_json(const Json& json, const TrainingConfig& training,
                                          std::string_view where) {
  for (const auto& [key, value] : json.items())
    if (key != "stage")
      throw Error(ErrorCode::kFormat, text(where, ": a plan has no field '", key, "'"),
                  "a plan is a list of [[stage]] tables");
  const Json list = json_field<Json>(json, "stage", where);
  if (!list.is_array() || list.empty())
    throw Error(ErrorCode::kFormat, text(where, ": 'stage' is not a list of stages"),
                "write each as a table [[stage]]");
  std::vector<TrainingStage> stages;
  for (const Json& item : list)
    stages.push_back(stage_from_json(item, training, text(where, ", stage ", stages.size() + 1)));
  return stages;
}

Json plan_to_json(const std::vector<TrainingStage>& stages) {
  Json list = Json::array();
  for (const TrainingStage& stage : stages) {
    Json json = {{"kind", stage.kind}};
    if (stage.iterations) json["iterations"] = *stage.iterations;
    if (stage.minutes) json["minutes"] = *stage.minutes;
    if (stage.until != Until{}) json["until"] = until_text(stage.until);
    json["training"] = training_to_json(stage.training);
    list.push_back(std::move(json));
  }
  return {{"stage", std::move(list)}};
}

}  // namespace understudy::model
