#include "understudy/model/replay.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <vector>

namespace understudy::model {
namespace {

TEST(Replay, AnswersWithWhatTheWorkMakesOfItsInputs) {
  std::vector<torch::Device> devices = {torch::kCPU};
  if (torch::cuda::is_available()) devices.emplace_back(torch::kCUDA);
  for (const torch::Device device : devices) {
    const auto there = torch::TensorOptions(torch::kFloat32).device(device);
    torch::Tensor sum = torch::zeros({4}, there);
    Replay replay;
    for (int i = 1; i <= 8; ++i) {
      const auto results = replay({torch::full({4}, i, there), torch::Tensor()}, [&](const auto& in) {
        EXPECT_FALSE(in[1].defined());
        sum += in[0];
        return Replay::Tensors{in[0] * 2};
      });
      EXPECT_EQ(results[0].sum().item<double>(), 8 * i) << device;
      EXPECT_EQ(sum.sum().item<double>(), 2 * i * (i + 1)) << device;
    }
    replay.forget();
    const auto other =
        replay({torch::ones({4}, there)}, [](const auto& in) { return Replay::Tensors{in[0] + 1}; });
    EXPECT_EQ(other[0].sum().item<double>(), 8) << device;
  }
}

}  // namespace
}  // namespace understudy::model
