#include "understudy/model/activation.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "understudy/core/text.h"
#include "understudy/model/losses/blur.h"

namespace understudy::model {
namespace {

/// The same by libtorch's operations.
torch::Tensor by_operations(const torch::Tensor& conv, const torch::Tensor& bias,
                            const torch::Tensor& residual, double slope, bool doubles) {
  torch::Tensor x = conv + bias.view({1, -1, 1, 1});
  if (residual.defined()) x = x + residual;
  x = at::leaky_relu(x, slope);
  return doubles ? doubled(x, at::MemoryFormat::ChannelsLast) : x;
}

struct Case {
  torch::ScalarType type;
  std::int64_t channels;
  bool doubles, residual;
};

TEST(Activation, OnAGpuIsWhatLibtorchsOperationsMake) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "needs a GPU";
  for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
    for (const Case& c :
         {Case{type, 64, false, false}, Case{type, 64, false, true}, Case{type, 64, true, false},
          Case{type, 12, false, true}, Case{type, 12, true, false}, Case{type, 2304, true, false},
          Case{type, 3000, false, false}}) {
      const std::string what = text(c.type, " ", c.channels, " ", c.doubles, " ", c.residual);
      at::manual_seed(1);
      // What bfloat16 can hold, so that both see the same.
      const auto drawn = [&](at::IntArrayRef shape) {
        return torch::randn(shape).to(torch::kBFloat16).to(torch::kFloat32);
      };
      torch::Tensor conv = drawn({3, c.channels, 7, 5}).requires_grad_();
      torch::Tensor bias = drawn({c.channels}).requires_grad_();
      torch::Tensor residual = c.residual ? drawn({3, c.channels, 7, 5}).requires_grad_() : torch::Tensor();
      const torch::Tensor expected = by_operations(conv, bias, residual, 0.2, c.doubles);
      const torch::Tensor gradient = drawn(expected.sizes());
      expected.backward(gradient);
      const auto there = [&](const torch::Tensor& t) {
        if (!t.defined()) return t;
        return t.detach()
            .to(torch::kCUDA, c.type)
            .contiguous(at::MemoryFormat::ChannelsLast)
            .requires_grad_();
      };
      torch::Tensor gpu_conv = there(conv), gpu_residual = there(residual);
      torch::Tensor gpu_bias = bias.detach().to(torch::kCUDA).requires_grad_();
      ASSERT_TRUE(activates_at_once(gpu_conv)) << what;
      const torch::Tensor made = activated(gpu_conv, gpu_bias, gpu_residual, 0.2, c.doubles);
      made.backward(gradient.to(torch::kCUDA, c.type));
      const double close = c.type == torch::kFloat32 ? 1e-5 : 1e-2;
      const auto expect_near = [&](const torch::Tensor& gpu, const torch::Tensor& cpu, const char* part) {
        EXPECT_TRUE(torch::allclose(gpu.to(torch::kCPU, torch::kFloat32), cpu.detach(), close, 20 * close))
            << what << " " << part;
      };
      expect_near(made, expected, "result");
      expect_near(gpu_conv.grad(), conv.grad(), "gradient");
      expect_near(gpu_bias.grad(), bias.grad(), "gradient of the bias");
      if (c.residual) expect_near(gpu_residual.grad(), residual.grad(), "gradient of the residual");
    }
  }
}

TEST(Activation, BlurOnAGpuIsTheProcessors) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "needs a GPU";
  at::manual_seed(1);
  for (const std::int64_t window : {3, 11, 33, 35}) {
    torch::Tensor here = torch::rand({2, 3, 75, 75}).requires_grad_();
    torch::Tensor there = here.detach().to(torch::kCUDA).requires_grad_();
    const torch::Tensor expected = inner_blurred(here, window, 1.5), made = inner_blurred(there, window, 1.5);
    EXPECT_TRUE(torch::allclose(made.cpu(), expected, 1e-5, 1e-6)) << window;
    expected.square().sum().backward();
    made.square().sum().backward();
    EXPECT_TRUE(torch::allclose(there.grad().cpu(), here.grad(), 1e-4, 1e-5)) << window;
  }
}

}  // namespace
}  // namespace understudy::model
