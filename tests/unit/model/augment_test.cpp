#include "understudy/model/augment.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <array>
#include <numeric>

#include "drawn_faces.h"
#include "understudy/model/face_store.h"
#include "understudy/model/pose_match.h"

namespace understudy::model {
namespace {

const NetworkConfig kNetwork = tiny_preset().network;
const Window kWindow = window_in("whole");

FaceBatch faces_of(const FaceSet& set, std::vector<std::int64_t> indices) {
  return FaceStore(set, "likeness", store_sizes(kNetwork, kWindow), 1).batch(indices);
}

MatchFields matched(const FaceBatch& faces, const PoseStatistics& own, const PoseStatistics& other,
                    const AugmentConfig& config) {
  at::Generator random = seeded_generator(3);
  return match_by_pose(faces, own, other, kWindow, config, random);
}

TrainingBatch augmented(const FaceBatch& faces, const AugmentConfig& config, std::uint64_t seed,
                        const MatchFields& match = {}) {
  at::Generator random = seeded_generator(seed);
  return augment(faces, kWindow, match, kNetwork, config, 1, random);
}

TEST(Augment, KeepsShapesAndRangesAndFollowsTheSeed) {
  const DrawnFaces set(4, 0), other(4, 1);
  const FaceBatch faces = faces_of(set, {0, 1, 2, 3});
  AugmentConfig config = presets().at("sketch").training.augment;
  config.flip = 0.5;
  const MatchFields match = matched(faces, pose_statistics(faces, kWindow),
                                    pose_statistics(faces_of(other, {0, 1, 2, 3}), kWindow), config);
  const TrainingBatch a = augmented(faces, config, 5, match), b = augmented(faces, config, 5, match),
                      c = augmented(faces, config, 6, match);
  EXPECT_EQ(a.inputs_nchw.sizes(), (std::vector<std::int64_t>{4, 3, kNetwork.input_px, kNetwork.input_px}));
  EXPECT_EQ(a.targets_nchw.sizes(),
            (std::vector<std::int64_t>{4, 3, kNetwork.output_px, kNetwork.output_px}));
  EXPECT_EQ(a.masks_nchw.sizes(), (std::vector<std::int64_t>{4, 1, kNetwork.output_px, kNetwork.output_px}));
  for (const torch::Tensor& t : {a.inputs_nchw, a.targets_nchw, a.masks_nchw}) {
    EXPECT_GE(t.min().item<double>(), 0);
    EXPECT_LE(t.max().item<double>(), 1);
  }
  EXPECT_TRUE(a.inputs_nchw.equal(b.inputs_nchw) && a.targets_nchw.equal(b.targets_nchw) &&
              a.masks_nchw.equal(b.masks_nchw));
  EXPECT_FALSE(a.inputs_nchw.equal(c.inputs_nchw));
}

TEST(Augment, MovesPictureAndMaskTogether) {
  // A face that is its own mask: white inside, black outside.
  const DrawnFaces set(3, 0);
  FaceBatch faces = faces_of(set, {0, 1, 2});
  faces.targets_nchw = faces.masks_nchw.expand({-1, 3, -1, -1}).contiguous();
  faces.inputs_nchw =
      resized(faces.targets_nchw.to(torch::kFloat32), faces.inputs_nchw.size(2)).to(torch::kUInt8);
  AugmentConfig config;
  config.rotation_deg = 30;
  config.scale = 0.2;
  config.shift = 0.1;
  config.flip = 0.5;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const TrainingBatch batch = augmented(faces, config, seed);
    EXPECT_LT((batch.targets_nchw - batch.masks_nchw).abs().max().item<double>(), 1e-5);
    EXPECT_LT((resized(batch.inputs_nchw, kNetwork.output_px) - batch.masks_nchw).abs().mean().item<double>(),
              0.03);
  }
}

TEST(Augment, DoesNothingWithoutRangesAndFlipsWhenTold) {
  const DrawnFaces set(2, 0);
  const FaceBatch faces = faces_of(set, {0, 1});
  const TrainingBatch still = augmented(faces, {}, 1);
  const torch::Tensor crops = faces.targets_nchw.to(torch::kFloat32) / 255;
  EXPECT_TRUE(torch::allclose(still.targets_nchw, cut(crops, kWindow, kNetwork.output_px), 0, 1e-5));
  EXPECT_LT((still.inputs_nchw - network_input(crops, kWindow, kNetwork)).abs().mean().item<double>(), 0.01);
  AugmentConfig mirror;
  mirror.flip = 1;
  const TrainingBatch flipped = augmented(faces, mirror, 1);
  EXPECT_TRUE(torch::allclose(flipped.targets_nchw, still.targets_nchw.flip({3}), 0, 1e-4));
  EXPECT_TRUE(torch::allclose(flipped.inputs_nchw, still.inputs_nchw.flip({3}), 0, 1e-4));
}

TEST(Augment, WarpsTheInputAlone) {
  const DrawnFaces set(2, 0);
  const FaceBatch faces = faces_of(set, {0, 1});
  AugmentConfig config;
  config.warp = 0.05;
  const TrainingBatch still = augmented(faces, {}, 1), warped = augmented(faces, config, 1);
  EXPECT_TRUE(warped.targets_nchw.equal(still.targets_nchw));
  EXPECT_GT((warped.inputs_nchw - still.inputs_nchw).abs().mean().item<double>(), 0.005);
  at::Generator random = seeded_generator(1);
  EXPECT_TRUE(augment(faces, kWindow, {}, kNetwork, config, 0, random).inputs_nchw.equal(still.inputs_nchw));
}

FaceBatch part_of(const FaceBatch& faces, std::int64_t first, std::int64_t count) {
  const auto part = [&](const torch::Tensor& t) { return t.defined() ? t.narrow(0, first, count) : t; };
  return {part(faces.targets_nchw), part(faces.masks_nchw), part(faces.inputs_nchw), part(faces.landmarks),
          part(faces.pose)};
}

/// Everything that there is to draw.
AugmentConfig everything() {
  AugmentConfig config = presets().at("draft").training.augment;
  config.flip = 0.5;
  config.saturation = 0.4;
  config.hue_deg = 20;
  config.blur = 0.5;
  config.blur_sigma = 0.03;
  config.noise = 0.05;
  return config;
}

TEST(Augment, OfABatchIsThatOfItsShares) {
  const DrawnFaces set(4, 0), others(5, 1);
  const FaceBatch faces = faces_of(set, {0, 1, 2, 3});
  const PoseStatistics own = pose_statistics(faces, kWindow),
                       other = pose_statistics(faces_of(others, {0, 1, 2, 3, 4}), kWindow);
  const auto made = [&](std::int64_t first, std::int64_t count, bool matches, const BatchShare& share) {
    const FaceBatch part = part_of(faces, first, count);
    at::Generator random = seeded_generator(9);
    MatchFields match;
    if (matches) match = match_by_pose(part, own, other, kWindow, everything(), random);
    return augment(part, kWindow, match, kNetwork, everything(), 1, random, share);
  };
  for (bool matches : {false, true}) {
    const TrainingBatch whole = made(0, 4, matches, {}), first = made(0, 2, matches, {0, 4}),
                        second = made(2, 2, matches, {2, 4});
    for (torch::Tensor TrainingBatch::*field : {&TrainingBatch::inputs_nchw, &TrainingBatch::targets_nchw,
                                                &TrainingBatch::masks_nchw, &TrainingBatch::landmarks_n682}) {
      const torch::Tensor joined = at::cat({first.*field, second.*field});
      if (matches)  // averages over poses are products of matrices, which are not the same to the bit
        EXPECT_LT((joined - whole.*field).abs().max().item<double>(), 1e-4);
      else
        EXPECT_TRUE(joined.equal(whole.*field));
    }
    EXPECT_FALSE(first.inputs_nchw.equal(second.inputs_nchw));
  }
  EXPECT_EQ(error_of([&] { made(2, 2, false, {3, 4}); }).first, static_cast<int>(ErrorCode::kBug));
}

TEST(Augment, MovesLandmarksWithTheTarget) {
  // A white dot on black at the one landmark that there is.
  constexpr std::int64_t kFaces = 6;
  const std::int64_t px = store_sizes(kNetwork, kWindow).target_px;
  const DrawnFaces set(kFaces, 0);
  FaceBatch faces = faces_of(set, {0, 1, 2, 3, 4, 5});
  faces.targets_nchw = torch::zeros_like(faces.targets_nchw);
  faces.landmarks = torch::full({kFaces, 68, 2}, NAN);
  for (std::int64_t i = 0; i < kFaces; ++i) {
    const std::int64_t x = px * (7 + i) / 20, y = px * (13 - i) / 20;
    faces.targets_nchw[i].narrow(1, y - 1, 3).narrow(2, x - 1, 3) = 255;
    faces.landmarks[i][40] = (torch::tensor({x, y}).to(torch::kFloat32) + 0.5) / px;
  }
  AugmentConfig config;
  config.rotation_deg = 25;
  config.scale = 0.15;
  config.shift = 0.05;
  config.flip = 0.5;
  const torch::Tensor places =
      (torch::arange(kNetwork.output_px, torch::kFloat32) + 0.5) / kNetwork.output_px;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const TrainingBatch batch = augmented(faces, config, seed);
    const torch::Tensor dots = batch.targets_nchw.select(1, 0), sum = dots.sum({1, 2});
    ASSERT_GT(sum.min().item<double>(), 0.5);
    const torch::Tensor x = (dots.sum(1) * places).sum(1) / sum, y = (dots.sum(2) * places).sum(1) / sum;
    const torch::Tensor off = batch.landmarks_n682.select(1, 40) - torch::stack({x, y}, 1);
    EXPECT_LT(off.abs().max().item<double>(), 0.5 / kNetwork.output_px) << off;
    EXPECT_TRUE(batch.landmarks_n682.select(1, 41).isnan().all().item<bool>());
  }
  faces.landmarks = torch::Tensor();
  EXPECT_FALSE(augmented(faces, config, 1).landmarks_n682.defined());
}

TEST(Augment, BlursTheInputAloneAndOnlySomeFaces) {
  const DrawnFaces set(8, 0);
  const FaceBatch faces = faces_of(set, {0, 1, 2, 3, 4, 5, 6, 7});
  AugmentConfig config;
  config.blur = 0.5;
  config.blur_sigma = 0.1;
  const TrainingBatch still = augmented(faces, {}, 1), blurred = augmented(faces, config, 1);
  EXPECT_TRUE(blurred.targets_nchw.equal(still.targets_nchw));
  const torch::Tensor off = (blurred.inputs_nchw - still.inputs_nchw).abs().amax({1, 2, 3});
  const auto changed = (off > 0.02).sum().item<std::int64_t>();
  EXPECT_TRUE(changed >= 1 && changed <= 7) << off;
  EXPECT_GE((off < 1e-6).sum().item<std::int64_t>(), 1) << off;
  const auto roughness = [](const TrainingBatch& batch) {
    return (batch.inputs_nchw.slice(3, 1) - batch.inputs_nchw.slice(3, 0, -1)).abs().mean({1, 2, 3});
  };
  EXPECT_TRUE((roughness(blurred) <= roughness(still) + 1e-6).all().item<bool>());
  EXPECT_TRUE(
      torch::allclose(blurred.inputs_nchw.mean({1, 2, 3}), still.inputs_nchw.mean({1, 2, 3}), 0, 0.01));
}

TEST(Augment, CoversTheInputAloneWithNoise) {
  const DrawnFaces set(3, 0);
  FaceBatch faces = faces_of(set, {0, 1, 2});
  faces.inputs_nchw = torch::full_like(faces.inputs_nchw, 128);
  AugmentConfig config;
  config.noise = 0.1;
  const TrainingBatch still = augmented(faces, {}, 1), noisy = augmented(faces, config, 1);
  EXPECT_TRUE(noisy.targets_nchw.equal(still.targets_nchw));
  const torch::Tensor spread = noisy.inputs_nchw.flatten(1).std(1);
  EXPECT_TRUE(((spread > 1e-4) & (spread < 0.11)).all().item<bool>()) << spread;
}

TEST(Augment, TurnsColoursOfInputAndTargetAlikeAndLeavesGrey) {
  const DrawnFaces set(3, 0);
  FaceBatch faces = faces_of(set, {0, 1, 2});
  const auto coloured = [&](std::array<int, 3> bgr, const AugmentConfig& config) {
    for (std::int64_t i = 0; i < 3; ++i)
      for (torch::Tensor* t : {&faces.inputs_nchw, &faces.targets_nchw})
        t->select(1, i).fill_(bgr[static_cast<std::size_t>(i)]);
    const TrainingBatch batch = augmented(faces, config, 4);
    const torch::Tensor target = batch.targets_nchw.mean({2, 3});
    EXPECT_TRUE(torch::allclose(batch.inputs_nchw.mean({2, 3}), target, 0, 1e-4));
    return target;
  };
  AugmentConfig hue, saturation;
  hue.hue_deg = 40;
  saturation.saturation = 0.5;
  for (const AugmentConfig& config : {hue, saturation}) {
    const torch::Tensor grey = coloured({100, 100, 100}, config), red = coloured({60, 80, 160}, config);
    EXPECT_LT((grey - 100.0 / 255).abs().max().item<double>(), 1e-4);
    EXPECT_GT((red - torch::tensor({60, 80, 160}) / 255.0).abs().max().item<double>(), 0.01);
  }
  const torch::Tensor luma = torch::tensor({0.0722f, 0.7152f, 0.2126f});
  EXPECT_TRUE(torch::allclose(at::matmul(coloured({60, 80, 160}, saturation), luma),
                              (luma * torch::tensor({60, 80, 160})).sum().expand({3}) / 255.0, 0, 1e-4));
  EXPECT_TRUE(torch::allclose(coloured({60, 80, 160}, hue).mean(1), torch::full({3}, 100.0 / 255), 0, 1e-4));
}

TEST(PoseMatch, GivesEachFaceTheSameInAnyBatch) {
  const DrawnFaces set(5, 0), others(60, 1);
  std::vector<std::int64_t> all(60);
  std::iota(all.begin(), all.end(), 0);
  const FaceBatch faces = faces_of(set, {0, 1, 2, 3, 4});
  const PoseStatistics own = pose_statistics(faces, kWindow),
                       other = pose_statistics(faces_of(others, all), kWindow);
  const AugmentConfig config = presets().at("draft").training.augment;
  const MatchFields whole = matched(faces, own, other, config),
                    part = matched(part_of(faces, 3, 2), own, other, config);
  EXPECT_TRUE(part.mates_n3pp.equal(whole.mates_n3pp.narrow(0, 3, 2)));
  EXPECT_TRUE(torch::allclose(part.light_n3gg, whole.light_n3gg.narrow(0, 3, 2), 0, 1e-5));
  EXPECT_TRUE(torch::allclose(part.shape_n2gg, whole.shape_n2gg.narrow(0, 3, 2), 0, 1e-5));
}

TEST(PoseMatch, GivesTheOtherSidesLight) {
  const DrawnFaces set(5, 0);
  const FaceBatch faces = faces_of(set, {0, 1, 2, 3, 4});
  FaceBatch darker = faces;
  darker.targets_nchw = faces.targets_nchw / 2;
  darker.inputs_nchw = (faces.inputs_nchw / 2).to(torch::kUInt8);
  AugmentConfig config;
  config.relight = 1;
  const MatchFields match =
      matched(faces, pose_statistics(faces, kWindow), pose_statistics(darker, kWindow), config);
  ASSERT_TRUE(match.light_n3gg.defined());
  const std::int64_t middle = match.light_n3gg.size(2) / 2;
  EXPECT_NEAR(match.light_n3gg[2][1][middle][middle].item<double>(), std::log(0.5), 0.06);
  const MatchFields none =
      matched(faces, pose_statistics(faces, kWindow), pose_statistics(faces, kWindow), config);
  EXPECT_LT(none.light_n3gg.abs().max().item<double>(), 1e-5);
  EXPECT_FALSE(none.shape_n2gg.defined());
}

TEST(PoseMatch, BendsTowardsTheOtherSidesShape) {
  const DrawnFaces narrow(5, 0), wide(5, 1), unmarked(5, 1, 64, false);
  const FaceBatch faces = faces_of(narrow, {2});
  const auto statistics = [](const FaceSet& set) {
    return pose_statistics(faces_of(set, {0, 1, 2, 3, 4}), kWindow);
  };
  AugmentConfig config;
  config.bend_max = 1;
  const MatchFields match = matched(faces, statistics(narrow), statistics(wide), config);
  ASSERT_TRUE(match.shape_n2gg.defined());
  // The other's left and right are farther out, so what lies there is fetched from nearer the middle.
  const std::int64_t half = match.shape_n2gg.size(2) / 2, quarter = half / 2;
  EXPECT_GT(match.shape_n2gg[0][0][half][quarter].item<double>(), 0.01);
  EXPECT_LT(match.shape_n2gg[0][0][half][2 * half - quarter].item<double>(), -0.01);
  EXPECT_FALSE(matched(faces, statistics(narrow), statistics(unmarked), config).shape_n2gg.defined());
}

TEST(PoseMatch, MixesTheOtherPersonOfTheSamePoseIntoTheInputAlone) {
  const DrawnFaces set(5, 0), others(5, 1);
  const FaceBatch faces = faces_of(set, {0, 4}), mates = faces_of(others, {0, 1, 2, 3, 4});
  AugmentConfig config;
  config.mix = 1;
  const MatchFields match =
      matched(faces, pose_statistics(faces, kWindow), pose_statistics(mates, kWindow), config);
  ASSERT_TRUE(match.mates_n3pp.defined());
  // Yaw differs by 10 degrees from one drawn face to the next, and the shake is of 4: first and last, or
  // their neighbours.
  const torch::Tensor all = pose_statistics(mates, kWindow).pictures.to(torch::kFloat32) / 255;
  for (std::int64_t i = 0; i < 2; ++i) {
    const torch::Tensor distance = (all - match.mates_n3pp[i]).abs().mean({1, 2, 3});
    EXPECT_EQ(distance.min().item<double>(), 0);
    EXPECT_LE(std::abs(distance.argmin().item<std::int64_t>() - 4 * i), 1);
  }
  const TrainingBatch still = augmented(faces, {}, 1), mixed = augmented(faces, config, 1, match);
  EXPECT_TRUE(mixed.targets_nchw.equal(still.targets_nchw));
  EXPECT_GT((mixed.inputs_nchw - still.inputs_nchw).abs().mean().item<double>(), 0.005);
  // In the face's light: the means stay.
  EXPECT_NEAR(mixed.inputs_nchw.mean().item<double>(), still.inputs_nchw.mean().item<double>(), 0.03);
}

TEST(PoseMatch, ComparesPitchFromEachSetsMedian) {
  const DrawnFaces set(5, 0);
  FaceBatch faces = faces_of(set, {0, 1, 2, 3, 4});
  FaceBatch lifted = faces;
  lifted.pose = faces.pose + torch::tensor({0.0f, 9.0f});
  EXPECT_TRUE(torch::allclose(pose_statistics(lifted, kWindow).pose, pose_statistics(faces, kWindow).pose));
  EXPECT_NEAR(pose_statistics(lifted, kWindow).centre[0][1].item<double>(), 9, 1e-6);
  EXPECT_EQ(pose_statistics(lifted, kWindow).centre[0][0].item<double>(), 0);
}

TEST(PoseMatch, MeasuresTheOutlinesScale) {
  const DrawnFaces set(5, 0);
  const FaceBatch faces = faces_of(set, {0, 1, 2, 3, 4});
  FaceBatch smaller = faces;
  smaller.landmarks = (faces.landmarks - 0.5) * 0.9 + 0.5;
  smaller.landmarks.narrow(1, 17, 51) = 0;  // the jaw alone counts, wherever it lies
  smaller.landmarks = smaller.landmarks + torch::arange(5, torch::kFloat32).view({5, 1, 1}) * 0.02;
  const auto scale = [](const FaceBatch& likeness, const FaceBatch& performer) {
    return outline_scale(pose_statistics(likeness, kWindow), pose_statistics(performer, kWindow));
  };
  EXPECT_NEAR(scale(faces, faces), 1, 1e-6);
  EXPECT_NEAR(scale(faces, smaller), 0.9, 1e-4);
  EXPECT_NEAR(scale(smaller, faces), 1 / 0.9, 1e-4);
  smaller.landmarks = torch::Tensor();
  EXPECT_EQ(scale(faces, smaller), 1);
}

TEST(Window, CutsAndPastesTheSamePlace) {
  const torch::Tensor ramp =
      torch::linspace(0, 1, 80).view({1, 1, 80, 1}).expand({1, 2, 80, 80}).contiguous();
  for (const char* family : {"face", "whole", "head"}) {
    const Window window = window_in(family);
    const torch::Tensor picture = cut(ramp, window, 48);
    const torch::Tensor inside = pasted(torch::ones_like(picture), window, 80, true) > 0.99;
    EXPECT_NEAR(inside.to(torch::kFloat32).mean().item<double>(), window.side * window.side, 0.06) << family;
    EXPECT_LT(((pasted(picture, window, 80, false) - ramp) * inside).abs().max().item<double>(), 0.02)
        << family;
  }
  const torch::Tensor centre = window_points(torch::tensor({0.5, 0.533}).view({1, 2}), window_in("whole"));
  EXPECT_TRUE(torch::allclose(centre, torch::full({1, 2}, 0.5)));
  EXPECT_EQ(error_of([] { window_in("nose"); }).first, static_cast<int>(ErrorCode::kFormat));
}

TEST(FaceStore, GivesFacesByNumberAndSpreadOverTheSet) {
  const DrawnFaces set(7, 0, 48);
  const FaceStore kept(set, "likeness", store_sizes(kNetwork, kWindow), 2);
  EXPECT_EQ(kept.poses().size(0), 7);
  const FaceBatch some = kept.batch({6, 0, 3}), all = kept.spread(100);
  EXPECT_TRUE(some.targets_nchw[0].equal(all.targets_nchw[6]) && some.pose[2].equal(all.pose[3]));
  EXPECT_EQ(all.pose.size(0), 7);
  EXPECT_EQ(kept.spread(3).pose.size(0), 3);
}

TEST(FaceStore, RefusesEmptySetsAndWrongShapes) {
  EXPECT_EQ(
      error_of([] { FaceStore(DrawnFaces(0, 0), "performer", store_sizes(kNetwork, kWindow), 1); }).first,
      static_cast<int>(ErrorCode::kInput));
  struct Broken : DrawnFaces {
    using DrawnFaces::DrawnFaces;
    FaceSample load(std::size_t idx) const override {
      FaceSample face = DrawnFaces::load(idx);
      face.mask_hw = face.mask_hw.narrow(0, 0, 10);
      return face;
    }
  };
  const auto [code, message] =
      error_of([] { FaceStore(Broken(2, 0), "performer", store_sizes(kNetwork, kWindow), 1); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat));
  EXPECT_THAT(message, testing::HasSubstr("performer, face"));
}

}  // namespace
}  // namespace understudy::model
