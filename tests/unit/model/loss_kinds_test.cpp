#include <gmock/gmock.h>
#include <torch/types.h>

#include <array>

#include "drawn_faces.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

double loss_of(const std::string& name, const LossInput& in) {
  return losses().at(name).per_face(in).mean().item<double>();
}

/// Everything counts alike.
LossInput even_input(const torch::Tensor& image, const torch::Tensor& target) {
  const torch::Tensor ones = torch::ones_like(target.narrow(1, 0, 1));
  return {{image, ones}, target, ones, ones, ones};
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

TEST(Ssim, IsThePapers) {
  at::manual_seed(1);
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

/// 1 - MS-SSIM by convolutions, of one channel, with that many scales.
double slow_ms_ssim_loss(torch::Tensor a, torch::Tensor b, std::size_t scales) {
  const std::array weights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
  const torch::Tensor x = torch::arange(11, torch::kFloat64) - 5, g = torch::exp(-x.square() / 4.5);
  const torch::Tensor window = (g.view({11, 1}) * g.view({1, 11}) / (g.sum() * g.sum())).view({1, 1, 11, 11});
  const auto mean = [&](const torch::Tensor& v) { return torch::conv2d(v, window); };
  double product = 1, sum = 0;
  for (std::size_t i = 0; i < scales; ++i) sum += weights[i];
  for (std::size_t i = 0; i < scales; ++i) {
    const torch::Tensor ma = mean(a), mb = mean(b);
    const torch::Tensor cov = mean(a * b) - ma * mb,
                        variances = mean(a * a) - ma * ma + mean(b * b) - mb * mb;
    const torch::Tensor contrast = (2 * cov + 9e-4) / (variances + 9e-4);
    const torch::Tensor light = (2 * ma * mb + 1e-4) / (ma * ma + mb * mb + 1e-4);
    const torch::Tensor map = i + 1 == scales ? light * contrast : contrast;
    product *= std::pow(map.mean().item<double>(), weights[i] / sum);
    a = torch::avg_pool2d(a, 2);
    b = torch::avg_pool2d(b, 2);
  }
  return 1 - product;
}

TEST(MsSsim, IsThePapersWithTheScalesThatFit) {
  at::manual_seed(6);
  for (const auto& [px, scales] :
       {std::pair<std::int64_t, std::size_t>{16, 1}, {64, 3}, {96, 4}, {175, 4}, {176, 5}}) {
    const torch::Tensor a = torch::rand({1, 1, px, px}, torch::kFloat64);
    const torch::Tensor b = (a + 0.5 * torch::rand_like(a)).clamp(0, 1);
    EXPECT_NEAR(loss_of("ms-ssim", even_input(a, b)), slow_ms_ssim_loss(a, b, scales), 1e-5) << px;
  }
}

TEST(MsSsim, IsANumberForTheOppositeOfAPicture) {
  const torch::Tensor target = torch::rand({2, 3, 64, 64});
  const torch::Tensor image = (1 - target).requires_grad_();
  const torch::Tensor loss = losses().at("ms-ssim").per_face(even_input(image, target));
  loss.sum().backward();
  EXPECT_TRUE(((loss > 0.5) & (loss <= 1)).all().item<bool>()) << loss;
  EXPECT_TRUE(image.grad().isfinite().all().item<bool>());
  EXPECT_GT(image.grad().abs().max().item<double>(), 0);
}

/// As the paper says it: the whole spectrum, and with weights that are given.
torch::Tensor slow_focal_frequency(const torch::Tensor& difference, const torch::Tensor& weights) {
  return (weights * at::fft_fft2(difference, {}, {-2, -1}, "ortho").abs().square()).mean();
}

TEST(FocalFrequency, IsThePapersWithItsWeightsAsConstants) {
  at::manual_seed(7);
  for (std::int64_t px : {16, 17}) {
    const torch::Tensor target = torch::rand({1, 3, px, px}, torch::kFloat64);
    const torch::Tensor image = torch::rand_like(target).requires_grad_();
    const torch::Tensor distance = at::fft_fft2((image - target).detach(), {}, {-2, -1}, "ortho").abs();
    const torch::Tensor weights = distance / distance.amax({2, 3}, true);
    const torch::Tensor loss = losses().at("focal-frequency").per_face(even_input(image, target)).sum();
    EXPECT_NEAR(loss.item<double>(), slow_focal_frequency((image - target).detach(), weights).item<double>(),
                1e-8);
    loss.backward();
    const at::NoGradGuard no_gradients;
    const torch::Tensor direction = torch::randn_like(target);
    const auto moved = [&](double h) {
      return slow_focal_frequency(image + h * direction - target, weights).item<double>();
    };
    const double expected = (image.grad() * direction).sum().item<double>();
    EXPECT_NEAR((moved(1e-5) - moved(-1e-5)) / 2e-5, expected, 1e-5 * std::abs(expected)) << px;
  }
}

TEST(Blur, KeepsTheSumInside) {
  torch::Tensor dot = torch::zeros({1, 1, 21, 21});
  dot[0][0][10][10] = 1;
  const torch::Tensor blurred = gaussian_blurred(dot, 2);
  EXPECT_NEAR(blurred.sum().item<double>(), 1, 1e-4);
  EXPECT_NEAR(blurred[0][0][10][12].item<double>() / blurred[0][0][10][10].item<double>(), std::exp(-0.5),
              1e-3);
  EXPECT_NEAR(blurred[0][0][12][10].item<double>(), blurred[0][0][10][12].item<double>(), 1e-6);
}

TEST(Priority, LiesAroundEyesAndMouth) {
  constexpr std::int64_t kPx = 48;
  torch::Tensor landmarks = torch::full({3, 68, 2}, 0.1f);  // jaw, brows and nose
  landmarks.narrow(1, 36, 32) = torch::tensor({30.5f / kPx, 20.5f / kPx});
  landmarks[0][48] = torch::tensor({5.5f / kPx, 40.5f / kPx});
  landmarks[2].fill_(NAN);
  const torch::Tensor map = priority_map(landmarks, kPx);
  ASSERT_EQ(map.sizes(), (std::vector<std::int64_t>{3, 1, kPx, kPx}));
  const auto at = [&](std::int64_t face, std::int64_t y, std::int64_t x) {
    return map[face][0][y][x].item<double>();
  };
  EXPECT_NEAR(at(0, 20, 30), 1, 1e-6);
  EXPECT_NEAR(at(0, 40, 5), 1, 1e-5);
  EXPECT_NEAR(at(0, 40, 7), std::exp(-0.5), 1e-4);  // a sigma is two pixels
  EXPECT_NEAR(at(1, 40, 5), 0, 1e-6);
  EXPECT_NEAR(at(0, 5, 5), 0, 1e-6);  // where the jaw is
  EXPECT_EQ(map[2].abs().max().item<double>(), 0);
  EXPECT_LE(map.max().item<double>(), 1);

  const torch::Tensor target = torch::zeros({3, 3, kPx, kPx});
  torch::Tensor image = target.clone();
  image.narrow(2, 36, 8).narrow(3, 0, 12) = 1;
  LossInput in = even_input(image, target);
  in.priority_nchw = map;
  const torch::Tensor loss = losses().at("eyes-mouth").per_face(in);
  EXPECT_GT(loss[0].item<double>(), 0.1);
  EXPECT_NEAR(loss[1].item<double>(), 0, 1e-6);
  EXPECT_EQ(loss[2].item<double>(), 0);
}

TEST(TotalVariation, IsOverSpaceInsideTheMaskAlone) {
  const torch::Tensor colours = torch::tensor({0.1f, 0.9f, 0.4f}).view({1, 3, 1, 1}).expand({1, 3, 16, 16});
  EXPECT_EQ(loss_of("total-variation", even_input(colours, colours)), 0);
  torch::Tensor edge = torch::zeros({1, 3, 16, 16});
  edge.narrow(3, 8, 8) = 0.5;
  LossInput in = even_input(edge, edge);
  EXPECT_NEAR(loss_of("total-variation", in), 0.5 / 15, 1e-6);
  in.mask_nchw = torch::zeros({1, 1, 16, 16});
  in.mask_nchw.narrow(3, 0, 8) = 1;  // up to the edge
  EXPECT_EQ(loss_of("total-variation", in), 0);
}

TEST(Style, SeesToneAndContrastNotFeatures) {
  at::manual_seed(8);
  const torch::Tensor ramp = torch::linspace(0.2, 0.6, 64).view({1, 1, 1, 64}).expand({1, 3, 64, 64});
  const auto style = [&](const torch::Tensor& image) { return loss_of("style", even_input(image, ramp)); };
  const double texture = style(ramp + 0.1 * (torch::rand_like(ramp) - 0.5));
  EXPECT_LT(texture, 1e-5);
  EXPECT_LT(style(ramp.flip({3})), 1e-6);  // the same tones elsewhere
  EXPECT_NEAR(style(ramp + 0.1), 0.01, 1e-4);
  EXPECT_GT(style((ramp - 0.4) * 2 + 0.4), 100 * texture);
  // What is black outside the mask does not darken what is inside.
  LossInput in = even_input(ramp, ramp);
  in.mask_nchw = torch::zeros({1, 1, 64, 64});
  in.mask_nchw.narrow(3, 16, 32) = 1;
  in.predicted.image_nchw = ramp * in.mask_nchw;
  EXPECT_NEAR(loss_of("style", in), 0, 1e-9);
}

TEST(Background, ComparesWhatLiesOutsideTheGrownMask) {
  const torch::Tensor plate = torch::rand({1, 3, 48, 48});
  torch::Tensor mask = torch::zeros({1, 1, 48, 48});
  mask.narrow(2, 20, 8).narrow(3, 20, 8) = 1;
  const auto background = [&](const torch::Tensor& image) {
    return swap_loss({{"background", 1}}, {image, mask}, plate, mask).item<double>();
  };
  EXPECT_NEAR(background(plate), 0, 1e-6);
  torch::Tensor inside = plate.clone(), outside = plate.clone();
  inside.narrow(2, 23, 2).narrow(3, 23, 2) = 1 - plate.narrow(2, 23, 2).narrow(3, 23, 2);
  outside.narrow(2, 0, 8) = 1 - plate.narrow(2, 0, 8);
  EXPECT_LT(background(inside), 0.02 * background(outside));
  EXPECT_GT(background(outside), 0.05);
}

}  // namespace
}  // namespace understudy::model
