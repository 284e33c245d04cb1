#include "understudy/model/losses.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "drawn_faces.h"

namespace understudy::model {
namespace {

LossInput input_of(const torch::Tensor& image, const torch::Tensor& mask, const torch::Tensor& target) {
  return {{image, mask}, target, torch::full_like(mask, 0.7), torch::rand_like(mask) * 0.5 + 0.5};
}

/// SSIM as the paper says it, a window at a time.
double slow_ssim(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor x = torch::arange(11, torch::kFloat64) - 5, g = torch::exp(-x.square() / 4.5);
  const torch::Tensor window = g.view({11, 1}) * g.view({1, 11}) / (g.sum() * g.sum());
  const auto mean = [&](const torch::Tensor& v) { return (v * window).sum().item<double>(); };
  const double ma = mean(a), mb = mean(b);
  const double va = mean(a * a) - ma * ma, vb = mean(b * b) - mb * mb, cov = mean(a * b) - ma * mb;
  return (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4));
}

TEST(Losses, SsimIsThePapers) {
  torch::manual_seed(1);
  const torch::Tensor a = torch::rand({2, 3, 17, 17}), b = (a + 0.3 * torch::rand_like(a)).clamp(0, 1);
  const torch::Tensor map = ssim_map(a, b);
  ASSERT_EQ(map.sizes(), (std::vector<std::int64_t>{2, 3, 7, 7}));
  for (const auto& [y, x] : {std::pair<std::int64_t, std::int64_t>{0, 0}, {2, 5}, {6, 1}}) {
    const auto window = [&, y = y, x = x](const torch::Tensor& t) {
      return t[1][2].narrow(0, y, 11).narrow(1, x, 11).to(torch::kFloat64);
    };
    EXPECT_NEAR(map[1][2][y][x].item<double>(), slow_ssim(window(a), window(b)), 1e-4);
  }
  EXPECT_EQ(error_of([] {
              ssim_map(torch::rand({1, 1, 10, 10}), torch::rand({1, 1, 10, 10}));
            }).first,
            static_cast<int>(ErrorCode::kUsage));
}

TEST(Losses, AreZeroForThePerfectPictureAndFollowTheirGradient) {
  torch::manual_seed(2);
  for (const auto& entry : losses()) {
    const torch::Tensor target = torch::rand({2, 3, 16, 16});
    const torch::Tensor same_mask = torch::full({2, 1, 16, 16}, 0.7);
    EXPECT_NEAR(entry.value(input_of(target, same_mask, target)).item<double>(), 0, 1e-6) << entry.name;

    torch::Tensor image = torch::rand_like(target).requires_grad_(),
                  mask = torch::rand_like(same_mask).requires_grad_();
    const LossInput in = input_of(image, mask, target);
    entry.value(in).backward();
    const torch::Tensor& x = entry.name == "mask" ? mask : image;
    ASSERT_TRUE(x.grad().defined()) << entry.name;
    const torch::NoGradGuard no_gradients;
    const torch::Tensor direction = torch::randn_like(x);
    const double expected = (x.grad() * direction).sum().item<double>(), h = 1e-3;
    const auto at = [&](double step) {
      LossInput moved = in;
      (entry.name == "mask" ? moved.predicted.mask_nchw : moved.predicted.image_nchw) = x + step * direction;
      return entry.value(moved).item<double>();
    };
    EXPECT_NEAR((at(h) - at(-h)) / (2 * h), expected, 0.02 * std::abs(expected) + 1e-3) << entry.name;
  }
}

TEST(Losses, CountOnlyWhereTheWeightIs) {
  const torch::Tensor target = torch::rand({1, 3, 32, 32});
  torch::Tensor image = target.clone();
  image.narrow(3, 0, 8) = 1 - image.narrow(3, 0, 8);
  const torch::Tensor mask = torch::zeros({1, 1, 32, 32});
  mask.narrow(3, 24, 8) = 1;
  for (const auto& entry : losses()) {
    const LossInput in{{image, mask}, target, mask, mask};
    EXPECT_NEAR(entry.value(in).item<double>(), 0, 1e-6) << entry.name;
  }
}

TEST(Losses, WeightsAreADilatedSoftMask) {
  torch::Tensor mask = torch::zeros({1, 1, 48, 48});
  mask.narrow(2, 16, 16).narrow(3, 16, 16) = 1;
  const torch::Tensor weights = pixel_weights(mask, 0.1);
  EXPECT_TRUE((weights.masked_select(mask > 0.5) > 0.999).all().item<bool>());
  EXPECT_NEAR(weights[0][0][0][0].item<double>(), 0.1, 1e-6);
  EXPECT_GT(weights[0][0][24][32].item<double>(), 0.75);
}

TEST(Losses, AverageTheTargetForASmallerPicture) {
  const Decoded small{torch::full({1, 3, 16, 16}, 0.5), torch::zeros({1, 1, 16, 16})};
  torch::Tensor target = torch::zeros({1, 3, 32, 32});
  target.slice(3, 0, 32, 2) = 1;  // columns of 1 and 0: 0.5 on average
  EXPECT_NEAR(total_loss({{"l1", 1}}, small, target, torch::ones({1, 1, 32, 32}), 1).item<double>(), 0, 1e-6);
}

TEST(Losses, BlurKeepsTheSumInside) {
  torch::Tensor dot = torch::zeros({1, 1, 21, 21});
  dot[0][0][10][10] = 1;
  const torch::Tensor blurred = gaussian_blurred(dot, 2);
  EXPECT_NEAR(blurred.sum().item<double>(), 1, 1e-4);
  EXPECT_NEAR(blurred[0][0][10][12].item<double>() / blurred[0][0][10][10].item<double>(), std::exp(-0.5),
              1e-3);
  EXPECT_NEAR(blurred[0][0][12][10].item<double>(), blurred[0][0][10][12].item<double>(), 1e-6);
}

}  // namespace
}  // namespace understudy::model
