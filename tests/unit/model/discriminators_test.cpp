#include "understudy/model/discriminators.h"

#include <gmock/gmock.h>
#include <torch/optim.h>
#include <torch/types.h>

#include "drawn_faces.h"

namespace understudy::model {
namespace {

using Sizes = std::vector<std::int64_t>;

/// Waves of stripes, across or along, each of its own phase and colour.
torch::Tensor stripes(std::int64_t count, std::int64_t px, bool across) {
  const torch::Tensor line = torch::arange(px, torch::kFloat32).view({1, 1, 1, px});
  const torch::Tensor phase = torch::rand({count, 1, 1, 1}) * 6.28, colour = torch::rand({count, 3, 1, 1});
  // Each patch of three pixels sees a whole wave.
  const torch::Tensor waves = torch::sin(2 * line + phase) * (0.2 + 0.2 * colour) + 0.5;
  const torch::Tensor pictures = waves.expand({count, 3, px, px});
  return (across ? pictures : pictures.transpose(2, 3)).contiguous();
}

/// Adam on the flat buffer, with the gradient that the discriminator collects.
class Teacher {
 public:
  Teacher(const torch::Tensor& flat, const torch::Tensor& gradients)
      : weights_(flat.detach().requires_grad_()),
        gradients_(gradients),
        adam_(std::vector<torch::Tensor>{weights_}, torch::optim::AdamOptions(2e-3)) {
    weights_.mutable_grad() = gradients_;
  }
  void learn(const torch::Tensor& loss) {
    gradients_.zero_();
    loss.backward();
    adam_.step();
  }

 private:
  torch::Tensor weights_, gradients_;
  torch::optim::Adam adam_;
};

TEST(Discriminators, SayALogitForEachPatchAndEachPixel) {
  for (const auto& [px, patches] :
       {std::pair<std::int64_t, std::int64_t>{64, 16}, {96, 12}, {128, 16}, {10, 5}}) {
    const WeightLayout layout = PatchDiscriminator::layout(px);
    const torch::Tensor flat = initial_weights(layout, 1);
    for (torch::ScalarType type : {torch::kFloat32, torch::kBFloat16}) {
      if (type == torch::kBFloat16 && px > 10) continue;  // slow on processors that do not have it
      const PatchDiscriminator judge(px, flat, type, false);
      const Verdict verdict = judge.logits(torch::rand({2, 3, px, px}), true);
      ASSERT_EQ(verdict.size(), 2u);
      EXPECT_EQ(verdict[0].sizes(), (Sizes{2, 1, patches, patches})) << px;
      EXPECT_EQ(verdict[1].sizes(), (Sizes{2, 1, px, px})) << px;
      EXPECT_EQ(verdict[1].scalar_type(), torch::kFloat32);
    }
  }
  EXPECT_EQ(error_of([] { PatchDiscriminator::layout(63); }).first, static_cast<int>(ErrorCode::kUsage));
}

TEST(Discriminators, TakeFlatCodesAndMaps) {
  for (const auto& [channels, px, places] : {std::tuple<std::int64_t, std::int64_t, std::int64_t>{128, 1, 0},
                                             {16, 2, 1},
                                             {16, 6, 3},
                                             {16, 8, 2},
                                             {8, 16, 2}}) {
    const WeightLayout layout = CodeDiscriminator::layout(channels, px);
    const CodeDiscriminator judge(channels, px, initial_weights(layout, 1), torch::kFloat32, false);
    const torch::Tensor codes = px == 1 ? torch::rand({3, channels}) : torch::rand({3, channels, px, px});
    const Verdict verdict = judge.logits(codes, true);
    ASSERT_EQ(verdict.size(), 1u);
    EXPECT_EQ(verdict[0].sizes(), places == 0 ? (Sizes{3, 1}) : (Sizes{3, 1, places, places})) << px;
  }
}

TEST(Discriminators, CountEachFaceAlone) {
  at::manual_seed(1);
  const PatchDiscriminator judge(32, initial_weights(PatchDiscriminator::layout(32), 3), torch::kFloat32,
                                 false);
  const torch::Tensor real = torch::rand({4, 3, 32, 32}), made = torch::rand({4, 3, 32, 32});
  const auto losses_of = [&](std::int64_t first, std::int64_t count) {
    const Verdict of_made = judge.logits(made.narrow(0, first, count), true);
    return judge_loss(judge.logits(real.narrow(0, first, count), true), of_made).item<double>() +
           fooling_loss(of_made).item<double>();
  };
  EXPECT_NEAR(losses_of(0, 4), (losses_of(0, 2) + losses_of(2, 2)) / 2, 1e-5);
}

TEST(Discriminators, LossesAreBinaryCrossEntropy) {
  const torch::Tensor real = torch::randn({2, 1, 3, 3}), made = torch::randn({2, 1, 3, 3});
  const auto entropy = [](const torch::Tensor& logits, double answer) {
    return torch::binary_cross_entropy_with_logits(logits, torch::full_like(logits, answer)).item<double>();
  };
  EXPECT_NEAR(judge_loss({real}, {made}).item<double>(), (entropy(real, 1) + entropy(made, 0)) / 2, 1e-6);
  EXPECT_NEAR(fooling_loss({made, real}).item<double>(), entropy(made, 1) + entropy(real, 1), 1e-6);
  EXPECT_TRUE(fooling_loss({torch::full({1, 1}, -1e4)}).isfinite().item<bool>());
}

TEST(Discriminators, LearnToTellDrawnPicturesApartAndSayWhatWouldFoolThem) {
  at::manual_seed(2);
  constexpr std::int64_t kPx = 32;
  const torch::Tensor flat = initial_weights(PatchDiscriminator::layout(kPx), 5);
  const PatchDiscriminator judge(kPx, flat, torch::kFloat32, true);
  Teacher teacher(flat, judge.gradients());
  for (int step = 0; step < 40; ++step)
    teacher.learn(
        judge_loss(judge.logits(stripes(4, kPx, true), false), judge.logits(stripes(4, kPx, false), false)));
  const Verdict real = judge.logits(stripes(8, kPx, true), true);
  torch::Tensor picture = stripes(8, kPx, false).requires_grad_();
  const Verdict made = judge.logits(picture, true);
  for (std::size_t head = 0; head < 2; ++head) {
    EXPECT_GT((real[head] > 0).to(torch::kFloat32).mean().item<double>(), 0.9) << head;
    EXPECT_LT((made[head] > 0).to(torch::kFloat32).mean().item<double>(), 0.1) << head;
  }
  judge.gradients().zero_();
  const torch::Tensor before = fooling_loss(made);
  before.backward();
  EXPECT_EQ(judge.gradients().abs().max().item<double>(), 0);  // whoever is fooled does not learn from it
  const at::NoGradGuard no_gradients;
  const torch::Tensor better = picture - 0.05 * picture.grad().sign();
  EXPECT_LT(fooling_loss(judge.logits(better, true)).item<double>(), 0.9 * before.item<double>());
}

TEST(Discriminators, LearnWhoseCodeItIs) {
  at::manual_seed(3);
  for (std::int64_t px : {1, 8}) {
    const std::int64_t channels = 16;
    const torch::Tensor flat = initial_weights(CodeDiscriminator::layout(channels, px), 5);
    const CodeDiscriminator judge(channels, px, flat, torch::kFloat32, true);
    Teacher teacher(flat, judge.gradients());
    const auto codes = [&](double middle) {
      const torch::Tensor drawn = torch::randn({8, channels, px, px}) + middle;
      return px == 1 ? drawn.flatten(1) : drawn;
    };
    for (int step = 0; step < 20; ++step)
      teacher.learn(judge_loss(judge.logits(codes(0.5), false), judge.logits(codes(-0.5), false)));
    EXPECT_GT((judge.logits(codes(0.5), true)[0] > 0).to(torch::kFloat32).mean().item<double>(), 0.9) << px;
    EXPECT_LT((judge.logits(codes(-0.5), true)[0] > 0).to(torch::kFloat32).mean().item<double>(), 0.1) << px;
  }
}

}  // namespace
}  // namespace understudy::model
