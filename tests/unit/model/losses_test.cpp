#include "understudy/model/losses.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "drawn_faces.h"
#include "understudy/model/optimizer.h"

namespace understudy::model {
namespace {

/// Pictures and masks by chance, with landmarks around the middle.
LossInput drawn_input(std::int64_t count, std::int64_t px, torch::ScalarType type = torch::kFloat32) {
  const auto drawn = [&](std::int64_t channels) { return torch::rand({count, channels, px, px}, type); };
  LossInput in;
  in.predicted = {drawn(3), drawn(1)};
  in.target_nchw = drawn(3);
  in.mask_nchw = drawn(1) * 0.8 + 0.2;
  in.weight_nchw = drawn(1) * 0.5 + 0.25;
  in.priority_nchw = priority_map(torch::rand({count, 68, 2}, type) * 0.6 + 0.2, px);
  return in;
}

/// What the network would have to give for the least loss: mostly the target.
Decoded perfect(const std::string& loss, const LossInput& in) {
  if (loss == "total-variation") return {torch::full_like(in.target_nchw, 0.4), in.mask_nchw};
  return {in.target_nchw, in.mask_nchw};
}

LossInput faces_of(const LossInput& in, std::int64_t first, std::int64_t count) {
  const auto part = [&](const torch::Tensor& t) { return t.narrow(0, first, count); };
  return {{part(in.predicted.image_nchw), part(in.predicted.mask_nchw)},
          part(in.target_nchw),
          part(in.mask_nchw),
          part(in.weight_nchw),
          part(in.priority_nchw)};
}

TEST(Losses, AreFiniteForEverySizeAndLeastForThePerfectPicture) {
  at::manual_seed(2);
  for (const auto& entry : losses())
    for (std::int64_t px : {16, 33, 64, 96, 128}) {
      LossInput in = drawn_input(2, px);
      const torch::Tensor off = entry.value.per_face(in);
      ASSERT_EQ(off.sizes(), std::vector<std::int64_t>{2}) << entry.name;
      EXPECT_TRUE((off.isfinite() & (off > 1e-7)).all().item<bool>()) << entry.name << " " << px << off;
      in.predicted = perfect(entry.name, in);
      EXPECT_LT(entry.value.per_face(in).abs().max().item<double>(), 2e-6) << entry.name << " " << px;
    }
}

TEST(Losses, FollowTheirGradient) {
  at::manual_seed(3);
  for (const auto& entry : losses()) {
    if (entry.name == "focal-frequency") continue;  // takes its weights for constants: has a test of its own
    LossInput in = drawn_input(2, 24, torch::kFloat64);
    torch::Tensor Decoded::*const part = entry.name == "mask" ? &Decoded::mask_nchw : &Decoded::image_nchw;
    const torch::Tensor x = (in.predicted.*part).clone().requires_grad_();
    in.predicted.*part = x;
    entry.value.per_face(in).sum().backward();
    ASSERT_TRUE(x.grad().defined()) << entry.name;
    const at::NoGradGuard no_gradients;
    const torch::Tensor direction = torch::randn_like(x);
    const auto moved = [&](double step) {
      in.predicted.*part = x + step * direction;
      return entry.value.per_face(in).sum().item<double>();
    };
    const double expected = (x.grad() * direction).sum().item<double>(), h = 1e-6;
    EXPECT_NEAR((moved(h) - moved(-h)) / (2 * h), expected, 1e-4 * std::abs(expected) + 1e-7) << entry.name;
    EXPECT_GT(std::abs(expected), 0) << entry.name;
  }
}

TEST(Losses, AreNumbersWhereNothingCounts) {
  at::manual_seed(4);
  for (const auto& entry : losses()) {
    LossInput in = drawn_input(2, 32);
    for (torch::Tensor* t : {&in.mask_nchw, &in.weight_nchw, &in.priority_nchw}) *t = torch::zeros_like(*t);
    if (entry.name == "background") in.weight_nchw = torch::ones_like(in.weight_nchw);
    const torch::Tensor image = in.predicted.image_nchw.requires_grad_(),
                        mask = in.predicted.mask_nchw.requires_grad_();
    const torch::Tensor loss = entry.value.per_face(in);
    loss.sum().backward();
    if (entry.name != "mask") {
      EXPECT_NEAR(loss.abs().max().item<double>(), 0, 1e-6) << entry.name;
    }
    for (const torch::Tensor& gradient : {image.grad(), mask.grad()})
      EXPECT_TRUE(!gradient.defined() || gradient.isfinite().all().item<bool>()) << entry.name;
  }
}

TEST(Losses, OfABatchAreThoseOfItsHalves) {
  at::manual_seed(5);
  for (const auto& entry : losses()) {
    LossInput in = drawn_input(4, 32);
    // Faces that count differently much: a mean over all pixels of the batch would not do.
    const torch::Tensor share = torch::tensor({1.0f, 0.2f, 0.5f, 0.05f}).view({4, 1, 1, 1});
    in.mask_nchw = in.mask_nchw * share;
    in.weight_nchw = in.weight_nchw * share;
    const torch::Tensor whole = entry.value.per_face(in);
    for (std::int64_t i = 0; i < 4; ++i) {
      const torch::Tensor alone = entry.value.per_face(faces_of(in, i, 1));
      EXPECT_NEAR(alone.item<double>(), whole[i].item<double>(), 3e-6) << entry.name;
    }
    const torch::Tensor landmarks = torch::rand({4, 68, 2});
    const auto total = [&](std::int64_t first, std::int64_t count) {
      const LossInput part = faces_of(in, first, count);
      const std::vector<LossTerm> terms = {{entry.name, 3}};
      const torch::Tensor points = landmarks.narrow(0, first, count);
      return total_loss(terms, part.predicted, part.target_nchw, part.mask_nchw, 0.1, points).item<double>() +
             swap_loss(terms, part.predicted, part.target_nchw, part.mask_nchw).item<double>();
    };
    EXPECT_NEAR(total(0, 4), (total(0, 2) + total(2, 2)) / 2, 3e-6) << entry.name;
    EXPECT_GT(total(0, 4), 1e-6) << entry.name;
  }
}

TEST(Losses, CountOnlyWhereTheWeightIs) {
  const torch::Tensor target = torch::rand({1, 3, 32, 32});
  torch::Tensor image = target.clone();
  image.narrow(3, 0, 8) = 1 - image.narrow(3, 0, 8);
  const torch::Tensor right = torch::zeros({1, 1, 32, 32});
  right.narrow(3, 24, 8) = 1;
  for (const auto& entry : losses()) {
    if (entry.name == "total-variation") continue;  // the picture's own
    const torch::Tensor weight = entry.name == "background" ? 1 - right : right;
    const LossInput in{{image, right}, target, right, weight, right};
    EXPECT_NEAR(entry.value.per_face(in).item<double>(), 0, 1e-6) << entry.name;
  }
}

TEST(Losses, OfTheSwapAndOfReconstructionsLeaveEachOthersTermsOut) {
  const LossInput in = drawn_input(1, 32);
  const torch::Tensor landmarks = torch::rand({1, 68, 2});
  for (const auto& entry : losses()) {
    const std::vector<LossTerm> terms = {{entry.name, 1}}, none = {{entry.name, 0}};
    const double total =
        total_loss(terms, in.predicted, in.target_nchw, in.mask_nchw, 0.1, landmarks).item<double>();
    const double swap = swap_loss(terms, in.predicted, in.target_nchw, in.mask_nchw).item<double>();
    EXPECT_EQ(total > 0, !entry.value.on_swap) << entry.name;
    EXPECT_EQ(swap > 0, entry.value.on_swap) << entry.name;
    EXPECT_EQ(needs_swap(terms), entry.value.on_swap) << entry.name;
    EXPECT_EQ(needs_landmarks(terms), entry.value.by_landmarks) << entry.name;
    EXPECT_FALSE(needs_swap(none) || needs_landmarks(none)) << entry.name;
  }
  const auto [code, message] = error_of([&] {
    total_loss({{"eyes-mouth", 1}}, in.predicted, in.target_nchw, in.mask_nchw, 0.1);
  });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kInput));
  EXPECT_THAT(message, testing::HasSubstr("needs landmarks"));
}

TEST(Losses, RefusePicturesThatAreTooSmallForThem) {
  for (const auto& entry : losses()) {
    const auto [code, message] = error_of([&] { entry.value.per_face(drawn_input(1, 10)); });
    const bool by_windows = entry.name == "dssim" || entry.name == "ms-ssim" || entry.name == "background";
    EXPECT_EQ(code, by_windows ? static_cast<int>(ErrorCode::kUsage) : 0) << entry.name;
    EXPECT_THAT(message, testing::HasSubstr(by_windows ? "at least 11 pixels" : "no error")) << entry.name;
    EXPECT_EQ(error_of([&] { entry.value.per_face(drawn_input(1, 11)); }).first, 0) << entry.name;
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
  EXPECT_NEAR(total_loss({{"l1", 1}, {"eyes-mouth", 1}}, small, target, torch::ones({1, 1, 32, 32}), 1,
                         torch::full({1, 68, 2}, 0.5))
                  .item<double>(),
              0, 1e-6);
}

}  // namespace
}  // namespace understudy::model
