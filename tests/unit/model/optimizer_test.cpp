#include "understudy/model/optimizer.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/optim.h>
#include <torch/types.h>

#include <cmath>
#include <string>

#include "understudy/core/text.h"

namespace understudy::model {
namespace {

OptimizerState state_of(const torch::Tensor& start) {
  return {start.clone(), start.clone(), torch::zeros_like(start), torch::zeros_like(start)};
}

torch::Tensor random_numbers(std::int64_t count, std::uint64_t seed) {
  at::manual_seed(seed);
  return torch::randn({count});
}

/// Three steps in which everything counts.
OptimizerState after_steps(Update update, UpdateRule rule, std::int64_t count) {
  OptimizerState state = state_of(random_numbers(count, 1));
  for (rule.step = 1; rule.step <= 3; ++rule.step)
    update(state, random_numbers(count, static_cast<std::uint64_t>(10 + rule.step)), rule);
  return state;
}

const UpdateRule kRule{0.01, 0.9, 0.99, 0.1, 0.5, 0.9, 1};

UpdateRule with_dropout(double part) {
  UpdateRule rule = kRule;
  rule.rate_dropout = part;
  rule.seed = 5;
  return rule;
}

void expect_equal(const OptimizerState& a, const OptimizerState& b, const std::string& what) {
  EXPECT_TRUE(torch::equal(a.weights, b.weights)) << what;
  EXPECT_TRUE(torch::equal(a.average, b.average)) << what;
  EXPECT_TRUE(torch::equal(a.first_moment, b.first_moment)) << what;
  EXPECT_TRUE(torch::equal(a.second_moment, b.second_moment)) << what;
}

TEST(Optimizer, FindsTheMinimumWithEveryRule) {
  for (const auto& entry : optimizers()) {
    OptimizerState state = state_of(torch::full({100}, 3.f));
    for (std::int64_t step = 1; step <= 400; ++step)
      entry.value(state, 2 * (state.weights - 1), {step < 300 ? 0.05 : 0.005, 0.9, 0.99, 0, 1, 0.9, step});
    EXPECT_NEAR(state.weights.mean().item<double>(), 1, 0.05) << entry.name;
    EXPECT_NEAR(state.average.mean().item<double>(), 1, 0.05) << entry.name;
  }
}

TEST(Optimizer, AdamWIsLibtorchs) {
  const torch::Tensor start = random_numbers(1000, 3);
  OptimizerState state = state_of(start);
  torch::Tensor reference = start.clone().requires_grad_();
  torch::optim::AdamW theirs({reference},
                             torch::optim::AdamWOptions(0.01).betas({0.9, 0.99}).weight_decay(0.1));
  for (std::int64_t step = 1; step <= 5; ++step) {
    const torch::Tensor gradient = torch::randn({1000});
    reference.mutable_grad() = gradient * 0.5;
    theirs.step();
    optimizers().at("adamw")(state, gradient, {0.01, 0.9, 0.99, 0.1, 0.5, 0, step});
  }
  EXPECT_TRUE(torch::allclose(state.weights, reference.detach(), 1e-4, 1e-6));
  EXPECT_TRUE(torch::allclose(state.average, state.weights));
}

TEST(Optimizer, LionStepsByTheSignOfItsMixture) {
  // m = 1 and g = -2 make a direction of .9 - .2, above 0, and a moment of .99 - .02.
  OptimizerState state = state_of(torch::tensor({4.f, 4.f}));
  state.first_moment = torch::tensor({1.f, 0.f});
  optimizers().at("lion")(state, torch::tensor({-2.f, 0.f}), {0.25, 0.9, 0.99, 0.5, 1, 0, 7});
  EXPECT_TRUE(torch::allclose(state.weights, torch::tensor({4 * 0.875f - 0.25f, 4 * 0.875f})));
  EXPECT_TRUE(torch::allclose(state.first_moment, torch::tensor({0.97f, 0.f})));
  EXPECT_EQ(state.second_moment.abs().max().item<double>(), 0);
}

TEST(Optimizer, RmsPropDoesNotCorrectItsMoment) {
  OptimizerState state = state_of(torch::tensor({1.f}));
  optimizers().at("rmsprop")(state, torch::tensor({-3.f}), {0.01, 0, 0.99, 0, 1, 0, 1});
  EXPECT_NEAR(state.weights.item<double>(), 1 + 0.01 / std::sqrt(0.01), 1e-5);
  EXPECT_NEAR(state.second_moment.item<double>(), 0.09, 1e-6);
  EXPECT_EQ(state.first_moment.item<double>(), 0);
}

TEST(Optimizer, ScalesTheGradientByANumberThatLiesBesideIt) {
  const float half = 0.5F;
  for (const auto& entry : optimizers()) {
    UpdateRule rule = kRule;
    const OptimizerState one = after_steps(entry.value.on_cpu, rule, 1000);
    rule.gradient_scale = 1;
    rule.scale_there = &half;
    expect_equal(one, after_steps(entry.value.on_cpu, rule, 1000), entry.name);
  }
}

/// after_steps() on a GPU, of buffers that begin `offset` numbers after an aligned place.
OptimizerState after_gpu_steps(Update update, UpdateRule rule, std::int64_t count, std::int64_t offset) {
  const OptimizerState start = state_of(random_numbers(count, 1));
  const auto moved = [offset](const torch::Tensor& t) {
    return torch::constant_pad_nd(t, {offset, 0}).to(torch::kCUDA).narrow(0, offset, t.size(0));
  };
  OptimizerState state{moved(start.weights), moved(start.average), moved(start.first_moment),
                       moved(start.second_moment)};
  const torch::Tensor scale = torch::full({1}, rule.gradient_scale, torch::kFloat32).to(torch::kCUDA);
  rule.gradient_scale = 1;
  rule.scale_there = scale.data_ptr<float>();
  for (rule.step = 1; rule.step <= 3; ++rule.step)
    update(state, moved(random_numbers(count, static_cast<std::uint64_t>(10 + rule.step))), rule);
  return {state.weights.cpu(), state.average.cpu(), state.first_moment.cpu(), state.second_moment.cpu()};
}

TEST(Optimizer, AGpuDoesWhatTheProcessorDoes) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "needs a GPU";
  constexpr std::int64_t kCount = 5'000'003;
  for (const auto& entry : optimizers()) {
    for (const double dropout : {0.0, 0.3}) {
      const OptimizerState one = after_steps(entry.value.on_cpu, with_dropout(dropout), kCount);
      for (const std::int64_t offset : {0, 3}) {
        const OptimizerState other =
            after_gpu_steps(entry.value.on_gpu, with_dropout(dropout), kCount, offset);
        const std::string what = text(entry.name, " ", dropout, " ", offset);
        EXPECT_TRUE(torch::allclose(one.weights, other.weights, 1e-4, 1e-6)) << what;
        EXPECT_TRUE(torch::allclose(one.average, other.average, 1e-4, 1e-6)) << what;
        EXPECT_TRUE(torch::allclose(one.first_moment, other.first_moment, 1e-4, 1e-6)) << what;
        EXPECT_TRUE(torch::allclose(one.second_moment, other.second_moment, 1e-4, 1e-6)) << what;
      }
    }
  }
}

TEST(Optimizer, MayBeGivenPartsOneByOneOnAnyThreads) {
  constexpr std::int64_t kCount = 100'003, kFirst = 41'000;
  const int threads = at::get_num_threads();
  for (const auto& entry : optimizers()) {
    const Update update = entry.value.on_cpu;
    at::set_num_threads(1);
    const OptimizerState whole = after_steps(update, with_dropout(0.4), kCount);
    at::set_num_threads(2);
    expect_equal(whole, after_steps(update, with_dropout(0.4), kCount), entry.name + " on two threads");
    OptimizerState state = state_of(random_numbers(kCount, 1));
    const auto part = [](OptimizerState& of, std::int64_t first, std::int64_t count) {
      return OptimizerState{of.weights.narrow(0, first, count), of.average.narrow(0, first, count),
                            of.first_moment.narrow(0, first, count),
                            of.second_moment.narrow(0, first, count)};
    };
    for (UpdateRule rule = with_dropout(0.4); rule.step <= 3; ++rule.step) {
      const torch::Tensor gradient = random_numbers(kCount, static_cast<std::uint64_t>(10 + rule.step));
      for (const auto& [first, count] : {std::pair{std::int64_t{0}, kFirst}, {kFirst, kCount - kFirst}}) {
        OptimizerState narrowed = part(state, first, count);
        rule.first_index = first;
        update(narrowed, gradient.narrow(0, first, count), rule);
      }
    }
    expect_equal(whole, state, entry.name + " in two parts");
  }
  at::set_num_threads(threads);
}

TEST(Optimizer, DropoutLeavesOutItsShareAndOthersEachTime) {
  constexpr std::int64_t kCount = 200'000;
  const torch::Tensor start = torch::ones({kCount}), gradient = torch::ones({kCount});
  const auto left_out = [&](double part, std::uint64_t seed, std::int64_t step) {
    OptimizerState state = state_of(start);
    UpdateRule rule = with_dropout(part);
    rule.seed = seed;
    rule.step = step;
    optimizers().at("adamw")(state, gradient, rule);
    EXPECT_TRUE((state.first_moment > 0).all().item<bool>());  // moments go on
    return state.weights == start;
  };
  const auto share = [](const torch::Tensor& which) {
    return which.to(torch::kFloat64).mean().item<double>();
  };
  EXPECT_EQ(share(left_out(0, 5, 1)), 0);
  for (const double part : {0.05, 0.3, 0.99}) EXPECT_NEAR(share(left_out(part, 5, 1)), part, 0.005);
  const torch::Tensor first = left_out(0.3, 5, 1);
  EXPECT_TRUE(torch::equal(first, left_out(0.3, 5, 1)));
  EXPECT_NEAR(share(first & left_out(0.3, 5, 2)), 0.09, 0.005);  // by chance alone
  EXPECT_NEAR(share(first & left_out(0.3, 6, 1)), 0.09, 0.005);
  EXPECT_NEAR(share(first.narrow(0, 0, kCount - 1) & first.narrow(0, 1, kCount - 1)), 0.09, 0.005);
}

}  // namespace
}  // namespace understudy::model
