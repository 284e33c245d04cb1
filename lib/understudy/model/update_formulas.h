#pragma once

#include <cmath>
#include <cstdint>

#include "understudy/model/update_rule.h"

// Read by g++ for the CPU and by nvcc for GPUs, which wants to be told what runs there; in C++17.
#ifdef __CUDACC__
#define UNDERSTUDY_ALSO_ON_GPU __host__ __device__
#else
#define UNDERSTUDY_ALSO_ON_GPU
#endif

namespace understudy::model {

// A formula is made from an UpdateRule and called with a weight's gradient and moments. It brings the moments
// up to date and returns the step.

/// Bias-corrected moments, decoupled weight decay (Loshchilov and Hutter 2019).
struct AdamW {
  static constexpr float kEpsilon = 1e-8F;
  float beta1, beta2, rate1, rate2;

  explicit AdamW(const UpdateRule& rule)
      : beta1(static_cast<float>(rule.beta1)),
        beta2(static_cast<float>(rule.beta2)),
        rate1(static_cast<float>(rule.rate / (1 - std::pow(rule.beta1, static_cast<double>(rule.step))))),
        rate2(static_cast<float>(1 / (1 - std::pow(rule.beta2, static_cast<double>(rule.step))))) {}

  UNDERSTUDY_ALSO_ON_GPU float operator()(float g, float& m, float& v) const {
    m += (1 - beta1) * (g - m);
    v += (1 - beta2) * (g * g - v);
    return step(m, v);
  }
  UNDERSTUDY_ALSO_ON_GPU float step(float m, float v) const {
    return rate1 * m / (std::sqrt(v * rate2) + kEpsilon);
  }
};

/// AdaBelief (Zhuang et al. 2020): the second moment of the gradient's surprise, g - m.
struct AdaBelief {
  static constexpr float kAdded = 1e-16F;
  AdamW adam;

  explicit AdaBelief(const UpdateRule& rule) : adam(rule) {}

  UNDERSTUDY_ALSO_ON_GPU float operator()(float g, float& m, float& v) const {
    m += (1 - adam.beta1) * (g - m);
    const float surprise = g - m;
    v += (1 - adam.beta2) * (surprise * surprise - v) + kAdded;
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

  UNDERSTUDY_ALSO_ON_GPU float operator()(float g, float& m, float& /*v*/) const {
    const float direction = m + (1 - beta1) * (g - m);
    m += (1 - beta2) * (g - m);
    return direction > 0 ? rate : direction < 0 ? -rate : 0;
  }
};

/// RMSprop (Hinton 2012) with beta2 as its memory. The moment begins at 0 and is not corrected for it: the
/// first steps are too long by up to 1 / sqrt(1 - beta2), so use a warm-up.
struct RmsProp {
  static constexpr float kEpsilon = 1e-7F;
  float beta2, rate;

  explicit RmsProp(const UpdateRule& rule)
      : beta2(static_cast<float>(rule.beta2)), rate(static_cast<float>(rule.rate)) {}

  UNDERSTUDY_ALSO_ON_GPU float operator()(float g, float& /*m*/, float& v) const {
    v += (1 - beta2) * (g * g - v);
    return rate * g / (std::sqrt(v) + kEpsilon);
  }
};

/// Which weights a step leaves out: a hash of 32 bits (the steps of Wellons' lowbias32, with two keys), which
/// vectorises.
struct RateDropout {
  std::uint32_t key1, key2, threshold;

  /// `key`: 64 random bits of this step.
  RateDropout(const UpdateRule& rule, std::uint64_t key)
      : key1(static_cast<std::uint32_t>(key) + static_cast<std::uint32_t>(rule.first_index)),
        key2(static_cast<std::uint32_t>(key >> 32)),
        threshold(static_cast<std::uint32_t>(rule.rate_dropout * 4294967296.0)) {}

  UNDERSTUDY_ALSO_ON_GPU bool keeps(std::uint32_t index) const {
    std::uint32_t x = index + key1;
    x = (x ^ (x >> 16)) * 0x7feb352dU;
    x = (x ^ (x >> 15) ^ key2) * 0x846ca68bU;
    return (x ^ (x >> 16)) >= threshold;
  }
};

/// What is the same for all weights of a step.
template <class Formula>
struct UpdatePass {
  Formula formula;
  RateDropout dropout;
  float keep, scale, toward;

  UpdatePass(const UpdateRule& rule, std::uint64_t dropout_key)
      : formula(rule),
        dropout(rule, dropout_key),
        keep(static_cast<float>(1 - rule.rate * rule.weight_decay)),
        scale(static_cast<float>(rule.gradient_scale)),
        toward(static_cast<float>(1 - rule.average_decay)) {}

  /// Moves weight i; `g`: its gradient, scaled.
  template <bool drops>
  UNDERSTUDY_ALSO_ON_GPU void move(std::int64_t i, float g, float& w, float& a, float& m, float& v) const {
    const float step = formula(g, m, v);
    const float next = w * keep - step;
    w = !drops || dropout.keeps(static_cast<std::uint32_t>(i)) ? next : w;
    a += toward * (w - a);
  }
};

}  // namespace understudy::model
