#include "understudy/model/presets.h"

#include <cmath>
#include <span>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/losses.h"
#include "understudy/model/optimizer.h"

namespace understudy::model {
namespace {

// One list of fields for writing and reading, so that neither can forget one. `f(key, member)` is called for
// each.
template <class Config, class F>
void for_each_network_field(Config& c, const F& f) {
  f("input_px", c.input_px);
  f("output_px", c.output_px);
  f("encoder_channels", c.encoder_channels);
  f("code_size", c.code_size);
  f("inter_channels", c.inter_channels);
  f("likeness_channels", c.likeness_channels);
  f("performer_channels", c.performer_channels);
  f("residual", c.residual);
}

template <class Config, class F>
void for_each_augment_field(Config& c, const F& f) {
  f("rotation_deg", c.rotation_deg);
  f("scale", c.scale);
  f("shift", c.shift);
  f("flip", c.flip);
  f("input_rotation_deg", c.input_rotation_deg);
  f("input_scale", c.input_scale);
  f("input_shift", c.input_shift);
  f("warp", c.warp);
  f("bend_min", c.bend_min);
  f("bend_max", c.bend_max);
  f("mix", c.mix);
  f("relight", c.relight);
  f("gain", c.gain);
  f("channel_gain", c.channel_gain);
  f("light_gradient", c.light_gradient);
}

template <class Config, class F>
void for_each_training_field(Config& c, const F& f) {
  f("batch", c.batch);
  f("iterations", c.iterations);
  f("optimizer", c.optimizer);
  f("learning_rate", c.learning_rate);
  f("warmup", c.warmup);
  f("final_rate", c.final_rate);
  f("beta1", c.beta1);
  f("beta2", c.beta2);
  f("weight_decay", c.weight_decay);
  f("clip_norm", c.clip_norm);
  f("ema", c.ema);
  f("no_warp_tail", c.no_warp_tail);
  f("outside_weight", c.outside_weight);
  f("performer_weight", c.performer_weight);
  f("fit_outline", c.fit_outline);
  f("yaw_balance", c.yaw_balance);
}

class Checker {
 public:
  explicit Checker(std::string_view where) : where_(where) {}

  void require(bool holds, const std::string& sentence) const {
    if (!holds) throw Error(ErrorCode::kFormat, text(where_, ": ", sentence));
  }
  void within(std::string_view name, double value, double least, double most) const {
    require(std::isfinite(value) && value >= least && value <= most,
            text(name, " is ", value, ", from ", least, " to ", most, " was expected"));
  }
  void widths(std::string_view name, std::span<const std::int64_t> channels) const {
    within(text("the number of ", name), static_cast<double>(channels.size()), 1, 8);
    for (std::int64_t width : channels)
      within(text("a width of ", name), static_cast<double>(width), 1, 4096);
  }

 private:
  std::string_view where_;
};

void check_network(const NetworkConfig& n, const Checker& check) {
  check.within("input_px", static_cast<double>(n.input_px), 8, 2048);
  check.within("output_px", static_cast<double>(n.output_px), 16, 2048);
  check.widths("encoder_channels", n.encoder_channels);
  check.widths("likeness_channels", n.likeness_channels);
  check.widths("performer_channels", n.performer_channels);
  check.within("code_size", static_cast<double>(n.code_size), 1, 8192);
  check.within("inter_channels", static_cast<double>(n.inter_channels), 1, 4096);
  const auto divides = [](std::size_t halvings, std::int64_t px) {
    return px >> halvings > 0 && px % (1 << halvings) == 0;
  };
  check.require(divides(n.encoder_channels.size(), n.input_px),
                text("input_px ", n.input_px, " cannot be halved ", n.encoder_channels.size(), " times"));
  check.require(
      divides(n.likeness_channels.size() + 1, n.output_px),
      text("output_px ", n.output_px, " cannot be halved ", n.likeness_channels.size() + 1, " times"));
  check.require(n.performer_channels.size() <= n.likeness_channels.size(),
                "the performer's decoder has more doublings than the likeness'");
  check.require(n.output_px >> (n.likeness_channels.size() - n.performer_channels.size()) >= 11,
                "the performer's picture is below 11 pixels");
}

void check_training(const TrainingConfig& t, const Checker& check) {
  check.within("batch", static_cast<double>(t.batch), 1, 4096);
  check.within("iterations", static_cast<double>(t.iterations), 1, 1e9);
  check.within("learning_rate", t.learning_rate, 1e-9, 1);
  check.within("warmup", static_cast<double>(t.warmup), 0, 1e6);
  check.within("beta1", t.beta1, 0, 0.99999);
  check.within("beta2", t.beta2, 0, 0.99999);
  check.within("weight_decay", t.weight_decay, 0, 10);
  check.within("clip_norm", t.clip_norm, 0, 1e6);
  check.within("ema", t.ema, 0, 0.999999);
  check.within("performer_weight", t.performer_weight, 0, 1000);
  check.within("rotation_deg", t.augment.rotation_deg, 0, 180);
  check.within("input_rotation_deg", t.augment.input_rotation_deg, 0, 180);
  check.within("input_shift", t.augment.input_shift, 0, 1);
  check.within("warp", t.augment.warp, 0, 0.2);
  check.within("bend_max", t.augment.bend_max, 0, 2);
  check.within("bend_min", t.augment.bend_min, 0, t.augment.bend_max);
  for (const auto& [name, value] : {std::pair{"final_rate", t.final_rate},
                                    {"no_warp_tail", t.no_warp_tail},
                                    {"outside_weight", t.outside_weight},
                                    {"yaw_balance", t.yaw_balance},
                                    {"scale", t.augment.scale},
                                    {"shift", t.augment.shift},
                                    {"flip", t.augment.flip},
                                    {"input_scale", t.augment.input_scale},
                                    {"mix", t.augment.mix},
                                    {"relight", t.augment.relight},
                                    {"gain", t.augment.gain},
                                    {"channel_gain", t.augment.channel_gain},
                                    {"light_gradient", t.augment.light_gradient}})
    check.within(name, value, 0, 1);
  check.require(!t.losses.empty(), "there is no loss");
  try {
    optimizers().at(t.optimizer);
    for (const LossTerm& term : t.losses) losses().at(term.name);
  } catch (const Error& e) {
    check.require(false, text(e.message(), "; ", e.hint()));
  }
  for (const LossTerm& term : t.losses) check.within(text("the weight of ", term.name), term.weight, 0, 1e6);
}

Preset sketch() {
  return {{.input_px = 64,
           .output_px = 96,
           .encoder_channels = {32, 64, 128, 256},
           .code_size = 256,
           .inter_channels = 128,
           .likeness_channels = {128, 96, 48},
           .performer_channels = {128, 96}},
          {.batch = 8,
           .iterations = 1000,
           .optimizer = "adamw",
           .learning_rate = 1e-3,
           .warmup = 50,
           .final_rate = 0.02,
           .beta1 = 0.9,
           .beta2 = 0.99,
           .weight_decay = 0.01,
           .clip_norm = 1,
           .ema = 0.995,
           .no_warp_tail = 0.25,
           .outside_weight = 0.1,
           .fit_outline = true,
           .losses = {{"l1", 4}, {"dssim", 4}, {"mask", 2}},
           .augment = {.rotation_deg = 2,
                       .scale = 0.01,
                       .shift = 0.01,
                       .input_rotation_deg = 5,
                       .input_scale = 0.05,
                       .input_shift = 0.03,
                       .warp = 0.02,
                       .bend_min = 0.4,
                       .bend_max = 1.1,
                       .mix = 0.7,
                       .relight = 1,
                       .gain = 0.15,
                       .channel_gain = 0.06,
                       .light_gradient = 0.15}}};
}

/// Widths of DeepFaceLab's SAEHD (ae 256, e 64, d 64), trained for days on a GPU.
TrainingConfig long_training(std::int64_t batch) {
  return {.batch = batch,
          .iterations = 200000,
          .optimizer = "adabelief",
          .learning_rate = 1e-4,
          .warmup = 1000,
          .final_rate = 0.02,
          .weight_decay = 0.01,
          .clip_norm = 1,
          .ema = 0.999,
          .no_warp_tail = 0.25,
          .outside_weight = 0.1,
          .fit_outline = true,
          .yaw_balance = 0.5,
          .losses = {{"l1", 4}, {"dssim", 4}, {"gradient", 2}, {"mask", 2}},
          .augment = {.rotation_deg = 3,
                      .scale = 0.02,
                      .shift = 0.02,
                      .input_rotation_deg = 8,
                      .input_scale = 0.08,
                      .input_shift = 0.04,
                      .warp = 0.02,
                      .bend_min = 0.4,
                      .bend_max = 1.1,
                      .mix = 0.7,
                      .relight = 1,
                      .gain = 0.15,
                      .channel_gain = 0.06,
                      .light_gradient = 0.15}};
}

Preset draft() {
  return {{.input_px = 128,
           .output_px = 128,
           .encoder_channels = {64, 128, 256, 512},
           .code_size = 256,
           .inter_channels = 256,
           .likeness_channels = {384, 256, 128},
           .performer_channels = {384, 256, 128}},
          long_training(16)};
}

Preset studio() {
  return {{.input_px = 256,
           .output_px = 256,
           .encoder_channels = {64, 128, 256, 512, 512},
           .code_size = 512,
           .inter_channels = 512,
           .likeness_channels = {512, 512, 256, 128},
           .performer_channels = {512, 512, 256, 128}},
          long_training(12)};
}

}  // namespace

const Table<Preset>& presets() {
  static const Table<Preset> table("preset",
                                   {{"sketch", "96 pixels, minutes on a CPU: a first look", sketch()},
                                    {"draft", "128 pixels, hours on a GPU", draft()},
                                    {"studio", "256 pixels, a day or more on a GPU", studio()}});
  return table;
}

Json preset_to_json(const Preset& preset) {
  Json network, training, augment, terms = Json::array();
  for_each_network_field(preset.network, [&](const char* key, const auto& value) { network[key] = value; });
  for_each_training_field(preset.training,
                          [&](const char* key, const auto& value) { training[key] = value; });
  for_each_augment_field(preset.training.augment,
                         [&](const char* key, const auto& value) { augment[key] = value; });
  for (const LossTerm& term : preset.training.losses)
    terms.push_back({{"name", term.name}, {"weight", term.weight}});
  training["losses"] = std::move(terms);
  training["augment"] = std::move(augment);
  return {{"network", std::move(network)}, {"training", std::move(training)}};
}

Preset preset_from_json(const Json& json, std::string_view where) {
  Preset preset;
  const auto reader = [where](const Json& object) {
    return [&object, where](const char* key, auto& member) {
      member = json_field<std::decay_t<decltype(member)>>(object, key, where);
    };
  };
  const Json network = json_field<Json>(json, "network", where),
             training = json_field<Json>(json, "training", where);
  const Json augment = json_field<Json>(training, "augment", where);
  for_each_network_field(preset.network, reader(network));
  for_each_training_field(preset.training, reader(training));
  for_each_augment_field(preset.training.augment, reader(augment));
  for (const Json& term : json_field<Json>(training, "losses", where))
    preset.training.losses.push_back(
        {json_field<std::string>(term, "name", where), json_field<double>(term, "weight", where)});
  check_preset(preset, where);
  return preset;
}

void check_preset(const Preset& preset, std::string_view where) {
  const Checker check(where);
  check_network(preset.network, check);
  check_training(preset.training, check);
}

}  // namespace understudy::model
