#include "understudy/model/dense.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <tuple>

namespace understudy::model {
namespace {

struct Gradients {
  torch::Tensor out, x, weight, bias;
};

template <class Product>
Gradients of(Product&& product, torch::Tensor x, torch::Tensor weight, torch::Tensor bias) {
  for (torch::Tensor* t : {&x, &weight, &bias}) *t = t->clone().requires_grad_();
  const torch::Tensor out = product(x, weight, bias);
  (out * out).sum().backward();
  return {out.detach(), x.grad(), weight.grad(), bias.grad()};
}

TEST(Dense, IsLibtorchsLinear) {
  for (const auto& [rows, inputs, outputs] :
       {std::tuple{1, 1, 1}, {16, 4096, 256}, {3, 257, 5}, {7, 515, 1030}, {2, 15, 9}}) {
    at::manual_seed(rows);
    const torch::Tensor x = torch::randn({rows, inputs}), bias = torch::randn({outputs}),
                        weight = torch::randn({outputs, inputs}) / std::sqrt(inputs);
    const auto linear = [](const auto& a, const auto& b, const auto& c) { return at::linear(a, b, c); };
    const Gradients ours = of(dense, x, weight, bias), theirs = of(linear, x, weight, bias);
    EXPECT_TRUE(torch::allclose(ours.out, theirs.out, 1e-4, 1e-4)) << inputs;
    EXPECT_TRUE(torch::allclose(ours.x, theirs.x, 1e-4, 1e-4)) << inputs;
    EXPECT_TRUE(torch::allclose(ours.weight, theirs.weight, 1e-4, 1e-4)) << inputs;
    EXPECT_TRUE(torch::allclose(ours.bias, theirs.bias, 1e-4, 1e-4)) << inputs;
  }
}

TEST(Dense, LeavesTheBiasAsItIsForASingleRow) {
  const at::NoGradGuard no_gradients;
  const torch::Tensor x = torch::randn({1, 40}), weight = torch::randn({8, 40}), bias = torch::randn({8});
  const torch::Tensor before = bias.clone(), first = dense(x, weight, bias);
  EXPECT_TRUE(bias.equal(before));
  EXPECT_TRUE(first.equal(dense(x, weight, bias)));
}

TEST(Dense, TakesTransposedRowsAndOtherTypes) {
  const torch::Tensor x = torch::randn({64, 10}), weight = torch::randn({6, 64}), bias = torch::randn({6});
  EXPECT_TRUE(torch::allclose(dense(x.t(), weight, bias), at::linear(x.t(), weight, bias), 1e-4, 1e-4));
  const torch::Tensor wide =
      dense(x.t().to(torch::kFloat64), weight.to(torch::kFloat64), bias.to(torch::kFloat64));
  EXPECT_EQ(wide.scalar_type(), torch::kFloat64);
}

TEST(Dense, GivesTheSameOnAnyThreads) {
  const int threads = at::get_num_threads();
  const torch::Tensor x = torch::randn({5, 1200}), weight = torch::randn({300, 1200}),
                      bias = torch::randn({300});
  at::set_num_threads(1);
  const Gradients one = of(dense, x, weight, bias);
  at::set_num_threads(2);
  const Gradients two = of(dense, x, weight, bias);
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(one.out, two.out));
  EXPECT_TRUE(torch::equal(one.x, two.x));
  EXPECT_TRUE(torch::equal(one.weight, two.weight));
}

}  // namespace
}  // namespace understudy::model
