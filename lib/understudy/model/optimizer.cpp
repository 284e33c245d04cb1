#include "understudy/model/optimizer.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace understudy::model {
namespace {

struct Moments {
  float first, second, step;
};

/// Decoupled weight decay (Loshchilov and Hutter 2019), bias-corrected moments.
struct AdamW {
  float beta1, beta2, rate1, rate2;
  explicit AdamW(const UpdateRule& rule)
      : beta1(static_cast<float>(rule.beta1)),
        beta2(static_cast<float>(rule.beta2)),
        rate1(static_cast<float>(rule.rate / (1 - std::pow(rule.beta1, rule.step)))),
        rate2(static_cast<float>(1 / (1 - std::pow(rule.beta2, rule.step)))) {}

  Moments operator()(float g, float m, float v) const {
    m += (1 - beta1) * (g - m);
    v += (1 - beta2) * (g * g - v);
    return {m, v, rate1 * m / (std::sqrt(v * rate2) + 1e-8f)};
  }
};

/// AdaBelief (Zhuang et al. 2020): the second moment of the gradient's surprise, g - m.
struct AdaBelief {
  AdamW adam;
  explicit AdaBelief(const UpdateRule& rule) : adam(rule) {}

  Moments operator()(float g, float m, float v) const {
    m += (1 - adam.beta1) * (g - m);
    const float surprise = g - m;
    v += (1 - adam.beta2) * (surprise * surprise - v) + 1e-16f;
    return {m, v, adam.rate1 * m / (std::sqrt(v * adam.rate2) + 1e-8f)};
  }
};

/// One pass over memory: libtorch's own operations would make ten.
template <class Formula>
void update_on_cpu(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  const Formula formula(rule);
  float* w = state.weights.data_ptr<float>();
  float* a = state.average.data_ptr<float>();
  float* m = state.first_moment.data_ptr<float>();
  float* v = state.second_moment.data_ptr<float>();
  const float* g = gradient.data_ptr<float>();
  const float keep = static_cast<float>(1 - rule.rate * rule.weight_decay);
  const float scale = static_cast<float>(rule.gradient_scale);
  const float toward = static_cast<float>(1 - rule.average_decay);
  at::parallel_for(0, state.weights.numel(), 1 << 14, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Moments next = formula(g[i] * scale, m[i], v[i]);
      m[i] = next.first;
      v[i] = next.second;
      w[i] = w[i] * keep - next.step;
      a[i] += toward * (w[i] - a[i]);
    }
  });
}

void update_elsewhere(OptimizerState& state, torch::Tensor surprise_or_gradient,
                      const torch::Tensor& gradient, const UpdateRule& rule, double added) {
  const double step1 = rule.rate / (1 - std::pow(rule.beta1, rule.step));
  const double root2 = std::sqrt(1 - std::pow(rule.beta2, rule.step));
  state.first_moment.lerp_(gradient, 1 - rule.beta1);
  if (!surprise_or_gradient.defined()) surprise_or_gradient = gradient - state.first_moment;
  state.second_moment.mul_(rule.beta2).addcmul_(surprise_or_gradient, surprise_or_gradient, 1 - rule.beta2);
  if (added > 0) state.second_moment.add_(added);
  state.weights.mul_(1 - rule.rate * rule.weight_decay)
      .addcdiv_(state.first_moment, (state.second_moment.sqrt() / root2).add_(1e-8), -step1);
  state.average.lerp_(state.weights, 1 - rule.average_decay);
}

void adamw(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  if (state.weights.is_cpu()) return update_on_cpu<AdamW>(state, gradient, rule);
  const torch::Tensor scaled = gradient * rule.gradient_scale;
  update_elsewhere(state, scaled, scaled, rule, 0);
}

void adabelief(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  if (state.weights.is_cpu()) return update_on_cpu<AdaBelief>(state, gradient, rule);
  update_elsewhere(state, {}, gradient * rule.gradient_scale, rule, 1e-16);
}

}  // namespace

const Table<Update>& optimizers() {
  static const Table<Update> table("optimizer",
                                   {{"adamw", "Adam with decoupled weight decay", adamw},
                                    {"adabelief", "steps by the gradient's surprise", adabelief}});
  return table;
}

double learning_rate(const TrainingConfig& config, std::int64_t iteration, double progress) {
  const double warm =
      config.warmup > 0
          ? std::min(1.0, static_cast<double>(iteration + 1) / static_cast<double>(config.warmup))
          : 1.0;
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
  return config.learning_rate * warm * (config.final_rate + (1 - config.final_rate) * cosine);
}

double disturbance(const TrainingConfig& config, double progress) {
  const double start = 1 - config.no_warp_tail;
  if (config.no_warp_tail <= 0 || progress <= start) return 1;
  return std::max(0.0, 1 - (progress - start) / (0.5 * config.no_warp_tail));
}

double average_decay(const TrainingConfig& config, std::int64_t iteration) {
  const double done = static_cast<double>(iteration);
  return std::min(config.ema, (done + 1) / (done + 20));
}

double clip_scale(double norm, double limit) {
  return limit > 0 && norm > limit ? limit / norm : 1;
}

}  // namespace understudy::model
