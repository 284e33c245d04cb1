#include "understudy/model/starting_network.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <cmath>

#include "drawn_faces.h"

namespace understudy::model {
namespace {

TensorFile file_of(const NetworkConfig& config, const torch::Tensor& flat) {
  TensorFile file;
  file.tensors = named_weights(weight_layout(config), flat, "average.");
  return file;
}

struct Relighting {
  NetworkConfig config = tiny_preset().network;
  torch::Tensor flat = initial_weights(weight_layout(config), 3);
  Network network{config, flat, torch::kFloat32, false};
  StartingNetwork start{config, file_of(config, flat), "average.", "a base", torch::kCPU, torch::kFloat32};
  torch::Tensor targets = torch::full({2, 3, 32, 32}, 0.4f);

  torch::Tensor code_of(double grey) const {
    return network.encode(torch::full({2, 3, 32, 32}, grey, torch::kFloat32));
  }
  double brightness(const torch::Tensor& code) const {
    return network.decode(code, 0).image_nchw.mean().item<double>();
  }
};

TEST(StartingNetwork, LeavesTargetsWhoseCodesStay) {
  const at::NoGradGuard no_gradients;
  const Relighting r;
  const torch::Tensor code = r.code_of(0.5);
  EXPECT_TRUE(torch::allclose(r.start.relit(r.targets, code, code, 0), r.targets, 0, 1e-6));
}

TEST(StartingNetwork, GivesTheLightOfTheMovedCode) {
  const at::NoGradGuard no_gradients;
  const Relighting r;
  const torch::Tensor code = r.code_of(0.2), moved = 3 * r.code_of(0.9);
  const torch::Tensor there = r.start.relit(r.targets, code, moved, 0);
  const torch::Tensor back = r.start.relit(there, moved, code, 0);
  EXPECT_GT((there - r.targets).abs().max().item<double>(), 0.01);
  EXPECT_TRUE(torch::allclose(back, r.targets, 0, 1e-5));
  // As the pictures of the two codes differ, in the mean over a flat target.
  EXPECT_GT((there.mean().item<double>() - 0.4) * (r.brightness(moved) - r.brightness(code)), 0);
}

/// Skin with a dark bar, a brow, whose middle is in that row, and a light from the right.
torch::Tensor browed(std::int64_t row, double lit) {
  torch::Tensor face = torch::full({1, 3, 96, 96}, 0.3f);
  face.narrow(3, 48, 48) *= lit;
  face.narrow(2, row - 1, 3).narrow(3, 24, 48) *= 0.4;
  return face;
}

TEST(LightBetween, TakesABrowElsewhereForNoLight) {
  const torch::Tensor gain = light_between(browed(30, 1), browed(40, 1));
  const double brow = std::log((0.3 + 0.02) / (0.12 + 0.02));
  EXPECT_LT(gain.abs().max().item<double>(), 0.65 * brow);  // a blur alone leaves 0.77
}

TEST(LightBetween, KnowsABrowByItsLandmarks) {
  torch::Tensor landmarks = torch::full({1, 68, 2}, 0.9f);
  for (int i = 17; i < 27; ++i) {
    landmarks[0][i][0] = 0.27f + 0.05f * static_cast<float>(i - 17);
    landmarks[0][i][1] = 29.f / 96;
  }
  const auto darkest = [&](const torch::Tensor& known) {
    return light_between(browed(30, 1), browed(32, 1), known).abs().max().item<double>();
  };
  EXPECT_LT(darkest(landmarks), 0.6 * darkest({}));
  const torch::Tensor unknown = torch::full({1, 68, 2}, std::nan(""));
  EXPECT_NEAR(darkest(unknown), darkest({}), 1e-5) << "a face without landmarks";
}

TEST(LightBetween, KeepsTheLightAtTheBrowAndToTheEdge) {
  const torch::Tensor gain = light_between(browed(30, 1), browed(30, 2)).select(1, 1).select(0, 0);
  const double lit = std::log((0.6 + 0.02) / (0.3 + 0.02));
  for (const std::int64_t row : {0, 30, 60, 95}) {
    EXPECT_NEAR(gain[row][20].item<double>(), 0, 0.05) << row;
    EXPECT_NEAR(gain[row][90].item<double>(), lit, 0.05) << row;
    EXPECT_NEAR(gain[row][60].item<double>(), lit, 0.25) << row;
  }
}

TEST(StartingNetwork, FitsTargetsOfAnySize) {
  const at::NoGradGuard no_gradients;
  const Relighting r;
  const torch::Tensor code = r.code_of(0.2), moved = r.code_of(0.9);
  EXPECT_EQ(r.start.relit(torch::rand({2, 3, 64, 64}), code, moved, 0).size(2), 64);
}

TEST(StartingNetwork, StaysWhenItsModelLearns) {
  const at::NoGradGuard no_gradients;
  const Relighting r;
  const torch::Tensor code = r.code_of(0.2), moved = r.code_of(0.9);
  const torch::Tensor before = r.start.relit(r.targets, code, moved, 0);
  r.flat.fill_(0.01);
  EXPECT_TRUE(before.equal(r.start.relit(r.targets, code, moved, 0)));
}

TEST(StartingNetwork, KnowsWhoHasItsCodes) {
  const at::NoGradGuard no_gradients;
  const Relighting r;
  NetworkConfig other = r.config;
  other.decoder_channels = {8, 8};
  const auto complaint = [&](const torch::Tensor& weights) {
    return error_of([&] { r.start.check_makes_codes_of(other, weights, "a base"); }).second;
  };
  torch::Tensor flat = initial_weights(weight_layout(other), 4);
  EXPECT_THAT(complaint(flat), testing::HasSubstr("needs the whole encoder of a base"));
  WeightLayout codes = weight_layout(other);
  std::erase_if(codes.entries,
                [](const auto& e) { return !e.name.starts_with("encoder") && !e.name.starts_with("inter"); });
  fill_weights(codes, flat, file_of(r.config, r.flat), "average.", "a base");
  EXPECT_EQ(complaint(flat), "no error");
  other.code_size = 48;
  EXPECT_THAT(complaint(flat), testing::HasSubstr("needs the whole encoder"));
}

TEST(StartingNetwork, NeedsNoPerformers) {
  const Relighting r;
  TensorFile file = file_of(r.config, r.flat);
  std::erase_if(file.tensors, [](const auto& named) { return named.first.starts_with("average.performer"); });
  const StartingNetwork start(r.config, file, "average.", "a base", torch::kCPU, torch::kFloat32);
  const at::NoGradGuard no_gradients;
  const torch::Tensor code = r.code_of(0.2), moved = r.code_of(0.9),
                      seen = r.start.relit(r.targets, code, moved, 0);
  EXPECT_TRUE(seen.equal(start.relit(r.targets, code, moved, 0)));
  EXPECT_TRUE(seen.equal(start.relit(r.targets, code, moved, 5))) << "a likeness that it does not know";
  std::erase_if(file.tensors,
                [](const auto& named) { return named.first == "average.likeness.picture.weight"; });
  EXPECT_THAT(error_of([&] {
                StartingNetwork(r.config, file, "average.", "a base", torch::kCPU, torch::kFloat32);
              }).second,
              testing::HasSubstr("a base: the tensor 'average.likeness.picture.weight' is missing"));
}

}  // namespace
}  // namespace understudy::model
