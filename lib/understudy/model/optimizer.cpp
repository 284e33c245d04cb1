#include "understudy/model/optimizer.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <cmath>

#include "understudy/core/seeds.h"

namespace understudy::model {
namespace {

// A rule is a class made from an UpdateRule that is called with a weight's gradient and moments, or with
// whole tensors of them. It brings the moments up to date and returns the step.

/// Bias-corrected moments, decoupled weight decay (Loshchilov and Hutter 2019).
struct AdamW {
  static constexpr double kEpsilon = 1e-8;
  float beta1, beta2, rate1, rate2;

  explicit AdamW(const UpdateRule& rule)
      : beta1(static_cast<float>(rule.beta1)),
        beta2(static_cast<float>(rule.beta2)),
        rate1(static_cast<float>(rule.rate / (1 - std::pow(rule.beta1, rule.step)))),
        rate2(static_cast<float>(1 / (1 - std::pow(rule.beta2, rule.step)))) {}

  float operator()(float g, float& m, float& v) const {
    m += (1 - beta1) * (g - m);
    v += (1 - beta2) * (g * g - v);
    return step(m, v);
  }
  torch::Tensor operator()(const torch::Tensor& g, torch::Tensor& m, torch::Tensor& v) const {
    m.lerp_(g, 1 - beta1);
    v.mul_(beta2).addcmul_(g, g, 1 - beta2);
    return step(m, v);
  }

  float step(float m, float v) const {
    return rate1 * m / (std::sqrt(v * rate2) + static_cast<float>(kEpsilon));
  }
  torch::Tensor step(const torch::Tensor& m, const torch::Tensor& v) const {
    torch::Tensor root = (v * rate2).sqrt_().add_(kEpsilon);
    return at::div_out(root, m, root).mul_(rate1);
  }
};

/// AdaBelief (Zhuang et al. 2020): the second moment of the gradient's surprise, g - m.
struct AdaBelief {
  static constexpr double kAdded = 1e-16;
  AdamW adam;

  explicit AdaBelief(const UpdateRule& rule) : adam(rule) {}

  float operator()(float g, float& m, float& v) const {
    m += (1 - adam.beta1) * (g - m);
    const float surprise = g - m;
    v += (1 - adam.beta2) * (surprise * surprise - v) + static_cast<float>(kAdded);
    return adam.step(m, v);
  }
  torch::Tensor operator()(const torch::Tensor& g, torch::Tensor& m, torch::Tensor& v) const {
    m.lerp_(g, 1 - adam.beta1);
    const torch::Tensor surprise = g - m;
    v.mul_(adam.beta2).addcmul_(surprise, surprise, 1 - adam.beta2).add_(kAdded);
    return adam.step(m, v);
  }
};

/// Lion (Chen et al. 2023): the sign of a mixture of gradient and momentum. Wants about a tenth of AdamW's
/// rate.
struct Lion {
  float beta1, beta2, rate;

  explicit Lion(const UpdateRule& rule)
      : beta1(static_cast<float>(rule.beta1)),
        beta2(static_cast<float>(rule.beta2)),
        rate(static_cast<float>(rule.rate)) {}

  float operator()(float g, float& m, float& /*v*/) const {
    const float direction = m + (1 - beta1) * (g - m);
    m += (1 - beta2) * (g - m);
    return direction > 0 ? rate : direction < 0 ? -rate : 0;
  }
  torch::Tensor operator()(const torch::Tensor& g, torch::Tensor& m, torch::Tensor& /*v*/) const {
    torch::Tensor direction = at::lerp(m, g, 1 - beta1);
    m.lerp_(g, 1 - beta2);
    return direction.sign_().mul_(rate);
  }
};

/// RMSprop (Hinton 2012) with beta2 as its memory. The moment begins at 0 and is not corrected for it: the
/// first steps are too long by up to 1 / sqrt(1 - beta2), so use a warm-up.
struct RmsProp {
  static constexpr double kEpsilon = 1e-7;
  float beta2, rate;

  explicit RmsProp(const UpdateRule& rule)
      : beta2(static_cast<float>(rule.beta2)), rate(static_cast<float>(rule.rate)) {}

  float operator()(float g, float& /*m*/, float& v) const {
    v += (1 - beta2) * (g * g - v);
    return rate * g / (std::sqrt(v) + static_cast<float>(kEpsilon));
  }
  torch::Tensor operator()(const torch::Tensor& g, torch::Tensor& /*m*/, torch::Tensor& v) const {
    v.mul_(beta2).addcmul_(g, g, 1 - beta2);
    torch::Tensor root = v.sqrt().add_(kEpsilon);
    return at::div_out(root, g, root).mul_(rate);
  }
};

/// Which weights a step leaves out: a hash of 32 bits (the steps of Wellons' lowbias32, with two keys), which
/// vectorises.
struct Dropout {
  static constexpr std::uint32_t kFactor1 = 0x7feb352d, kFactor2 = 0x846ca68b;
  std::uint32_t key1, key2, threshold;

  explicit Dropout(const UpdateRule& rule)
      : threshold(static_cast<std::uint32_t>(rule.rate_dropout * 4294967296.0)) {
    const std::uint64_t key = item_seed(rule.seed, "rate dropout", rule.step, 0);
    key1 = static_cast<std::uint32_t>(key) + static_cast<std::uint32_t>(rule.first_index);
    key2 = static_cast<std::uint32_t>(key >> 32);
  }

  bool keeps(std::uint32_t index) const {
    std::uint32_t x = index + key1;
    x = (x ^ (x >> 16)) * kFactor1;
    x = (x ^ (x >> 15) ^ key2) * kFactor2;
    return (x ^ (x >> 16)) >= threshold;
  }

  /// The same for the first `count` weights; libtorch has signed numbers only.
  torch::Tensor kept(std::int64_t count, torch::Device device) const {
    const auto as_signed = [](std::uint32_t bits) { return static_cast<std::int32_t>(bits); };
    const auto folded = [](const torch::Tensor& x, std::int64_t shift) {
      return x ^ (at::bitwise_right_shift(x, shift) & ((std::int64_t{1} << (32 - shift)) - 1));
    };
    torch::Tensor x = at::arange(count, at::TensorOptions(torch::kInt32).device(device));
    x = folded(x + as_signed(key1), 16) * as_signed(kFactor1);
    x = (folded(x, 15) ^ as_signed(key2)) * as_signed(kFactor2);
    // With the highest bit turned, the order of signed numbers is that of unsigned ones.
    constexpr std::uint32_t kHighest = 0x80000000;
    return (folded(x, 16) ^ as_signed(kHighest)) >= as_signed(threshold ^ kHighest);
  }
};

template <class Formula, bool drops>
void pass(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  const Formula formula(rule);
  const Dropout dropout(rule);
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
      const float step = formula(g[i] * scale, m[i], v[i]);
      const float next = w[i] * keep - step;
      w[i] = !drops || dropout.keeps(static_cast<std::uint32_t>(i)) ? next : w[i];
      a[i] += toward * (w[i] - a[i]);
    }
  });
}

template <class Formula>
void on_cpu(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  (rule.rate_dropout > 0 ? pass<Formula, true> : pass<Formula, false>)(state, gradient, rule);
}

template <class Formula>
void by_tensors(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  const torch::Tensor scaled = rule.gradient_scale == 1 ? gradient : gradient * rule.gradient_scale;
  torch::Tensor step = Formula(rule)(scaled, state.first_moment, state.second_moment);
  const double decay = rule.rate * rule.weight_decay;
  if (rule.rate_dropout > 0) {
    if (decay != 0) step.add_(state.weights, decay);
    state.weights.sub_(step.mul_(Dropout(rule).kept(step.numel(), step.device())));
  } else {
    state.weights.mul_(1 - decay).sub_(step);
  }
  state.average.lerp_(state.weights, 1 - rule.average_decay);
}

template <class Formula>
Optimizer made_of() {
  return {on_cpu<Formula>, by_tensors<Formula>};
}

}  // namespace

const Table<Optimizer>& optimizers() {
  static const Table<Optimizer> table(
      "optimizer", {{"adamw", "Adam with decoupled weight decay", made_of<AdamW>()},
                    {"adabelief", "steps by the gradient's surprise", made_of<AdaBelief>()},
                    {"lion", "steps of one length, by the sign of the momentum", made_of<Lion>()},
                    {"rmsprop", "steps by the gradient's usual size, no momentum", made_of<RmsProp>()}});
  return table;
}

}  // namespace understudy::model
