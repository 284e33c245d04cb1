#include "understudy/model/losses/blur.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace understudy::model {
namespace {

TEST(Blur, IsTheSameInBothTypesAndSoIsItsGradient) {
  at::manual_seed(4);
  for (const auto& [size, window] : {std::pair{11, 11}, {12, 11}, {40, 11}, {33, 7}}) {
    const torch::Tensor start = torch::rand({2, 3, size, size}),
                        factor = torch::rand({2, 3, size - window + 1, size - window + 1});
    torch::Tensor narrow = start.clone().requires_grad_(), wide = start.to(torch::kFloat64).requires_grad_();
    const torch::Tensor a = inner_blurred(narrow, window, 1.5), b = inner_blurred(wide, window, 1.5);
    ASSERT_EQ(a.sizes(), factor.sizes());
    EXPECT_TRUE(torch::allclose(a, b.to(torch::kFloat32), 1e-5, 1e-6)) << size;
    (a * factor).sum().backward();
    (b * factor).sum().backward();
    EXPECT_TRUE(torch::allclose(narrow.grad(), wide.grad().to(torch::kFloat32), 1e-4, 1e-6)) << size;
  }
}

TEST(Blur, TakesViews) {
  const torch::Tensor pictures = torch::rand({1, 4, 20, 20});
  const torch::Tensor view = pictures.transpose(2, 3).narrow(1, 0, 3);
  EXPECT_TRUE(torch::allclose(inner_blurred(view, 11, 1.5), inner_blurred(view.contiguous(), 11, 1.5)));
}

}  // namespace
}  // namespace understudy::model
