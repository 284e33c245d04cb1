#pragma once

#include "understudy/model/presets.h"

namespace understudy::model {

// One list of fields for writing, reading and checking, so that none can forget one. `f(key, member)` is
// called for each, with the least and the most it may be where it is a number.

template <class Config, class F>
void for_each_network_field(Config& c, const F& f) {
  f("architecture", c.architecture);
  f("variants", c.variants);
  f("input_px", c.input_px);
  f("output_px", c.output_px);
  f("encoder_channels", c.encoder_channels);
  f("code_size", c.code_size);
  f("inter_channels", c.inter_channels);
  f("decoder_channels", c.decoder_channels);
  f("performer_channels", c.performer_channels);
}

template <class Config, class F>
void for_each_augment_field(Config& c, const F& f) {
  f("rotation_deg", c.rotation_deg, 0, 180);
  f("scale", c.scale, 0, 1);
  f("shift", c.shift, 0, 1);
  f("flip", c.flip, 0, 1);
  f("input_rotation_deg", c.input_rotation_deg, 0, 180);
  f("input_scale", c.input_scale, 0, 1);
  f("input_shift", c.input_shift, 0, 1);
  f("warp", c.warp, 0, 0.2);
  f("bend_min", c.bend_min, 0, 2);
  f("bend_max", c.bend_max, 0, 2);
  f("mix", c.mix, 0, 1);
  f("relight", c.relight, 0, 1);
  f("gain", c.gain, 0, 1);
  f("channel_gain", c.channel_gain, 0, 1);
  f("light_gradient", c.light_gradient, 0, 1);
  f("saturation", c.saturation, 0, 1);
  f("hue_deg", c.hue_deg, 0, 180);
  f("blur", c.blur, 0, 1);
  f("blur_sigma", c.blur_sigma, 0, 0.1);
  f("noise", c.noise, 0, 0.5);
  f("code_shift", c.code_shift, 0, 2);
}

template <class Config, class F>
void for_each_training_field(Config& c, const F& f) {
  f("batch", c.batch, 1, 4096);
  f("accumulate", c.accumulate, 1, 1024);
  f("iterations", c.iterations, 1, 1e9);
  f("optimizer", c.optimizer);
  f("learning_rate", c.learning_rate, 1e-9, 1);
  f("schedule", c.schedule);
  f("warmup", c.warmup, 0, 1e6);
  f("final_rate", c.final_rate, 0, 1);
  f("rate_dropout", c.rate_dropout, 0, 0.99);
  f("beta1", c.beta1, 0, 0.99999);
  f("beta2", c.beta2, 0, 0.99999);
  f("weight_decay", c.weight_decay, 0, 10);
  f("clip_norm", c.clip_norm, 0, 1e6);
  f("clip_percentile", c.clip_percentile, 0, 100);
  f("ema", c.ema, 0, 0.999999);
  f("no_warp_tail", c.no_warp_tail, 0, 1);
  f("outside_weight", c.outside_weight, 0, 1);
  f("performer_weight", c.performer_weight, 0, 1000);
  f("morph_factor", c.morph_factor, 0, 1);
  f("adversarial", c.adversarial, 0, 100);
  f("code_adversarial", c.code_adversarial, 0, 100);
  f("fit_outline", c.fit_outline);
  f("paired", c.paired);
  f("pose_balance", c.pose_balance, 0, 1);
  f("freeze", c.freeze);
}

}  // namespace understudy::model
