#include "understudy/model/trainer.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "drawn_faces.h"
#include "trainer_runs.h"
#include "understudy/core/files.h"
#include "understudy/model/converter.h"
#include "understudy/model/network_plan.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const DrawnFaces kNobody(0, 0);

/// Steps of the real widths are where libtorch splits work among threads.
TrainerOptions wider_options(Precision precision) {
  TrainerOptions options = tiny_options();
  options.preset = presets().at("sketch");
  options.preset.training.batch = 2;
  options.preset.training.iterations = 4;
  options.precision = precision;
  options.threads = 2;
  return options;
}

TEST(Trainer, ResumedRunEqualsTheUnbrokenOneToTheBit) {
  for (const TrainerOptions& options :
       {tiny_options(), wider_options(Precision::kFp32), wider_options(Precision::kBf16)}) {
    const TempFolder folder;
    Trainer unbroken(options, {kLikeness, kPerformer}), first(options, {kLikeness, kPerformer});
    run(unbroken, 4);
    run(first, 2);
    first.save(folder.path());
    Trainer second(options, {kLikeness, kPerformer});
    EXPECT_EQ(second.resume(folder.path()), "");
    EXPECT_EQ(second.iteration(), 2);
    run(second, 2);
    const TensorFile a = state_of(unbroken), b = state_of(second);
    ASSERT_EQ(a.tensors.size(), b.tensors.size());
    for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(tensor.equal(*b.find(name))) << name;
  }
}

TEST(Trainer, LearnsAFewFaces) {
  TrainerOptions options = tiny_options();
  options.preset.training.iterations = 120;
  options.preset.training.augment = {};
  options.preset.training.warmup = 5;
  options.preset.training.learning_rate = 3e-3;
  const DrawnFaces one(1, 1), other(1, 0);
  Trainer trainer(options, {one, other});
  const StepReport before = trainer.step();
  StepReport after;
  while (!trainer.finished()) after = trainer.step();
  EXPECT_EQ(after.iteration, 120);
  EXPECT_LT(after.likeness_loss, 0.3 * before.likeness_loss);
  EXPECT_LT(after.performer_loss, 0.4 * before.performer_loss);
  EXPECT_NEAR(after.learning_rate, options.preset.training.learning_rate * options.preset.training.final_rate,
              2e-5);
}

TEST(Trainer, RefusesModelsOfAnotherKind) {
  const TempFolder folder;
  Trainer trainer(tiny_options(), {kLikeness, kPerformer});
  trainer.step();
  trainer.save(folder.path());
  const auto refusal = [&](const TrainerOptions& options) {
    Trainer other(options, {kLikeness, kPerformer});
    const auto result = error_of([&] { other.resume(folder.path()); });
    EXPECT_EQ(result.first, static_cast<int>(ErrorCode::kFormat));
    return result.second;
  };
  TrainerOptions named = tiny_options(), sized = tiny_options(), cropped = tiny_options();
  named.preset_name = "draft";
  sized.preset.network.code_size = 48;
  cropped.crop_family = "head";
  Trainer other(named, {kLikeness, kPerformer});  // the same network: it may go on, and says so
  EXPECT_THAT(other.resume(folder.path()), testing::AllOf(HasSubstr("'sketch'"), HasSubstr("'draft'")));
  EXPECT_THAT(refusal(sized), testing::AllOf(HasSubstr("code 32"), HasSubstr("code 48")));
  EXPECT_THAT(refusal(cropped), testing::AllOf(HasSubstr("'whole' crops"), HasSubstr("'head' crops")));
}

TEST(Trainer, KeepsTheSeedItBeganWithAndSaysSo) {
  const TempFolder folder;
  Trainer trainer(tiny_options(), {kLikeness, kPerformer});
  trainer.step();
  trainer.save(folder.path());
  TrainerOptions options = tiny_options();
  options.seed = 99;
  Trainer other(options, {kLikeness, kPerformer});
  EXPECT_THAT(other.resume(folder.path()), HasSubstr("seed 7"));
}

TEST(Trainer, FallsBackWhenTheNewestCheckpointIsDamaged) {
  const TempFolder folder;
  Trainer trainer(tiny_options(), {kLikeness, kPerformer});
  run(trainer, 1);
  trainer.save(folder.path());
  run(trainer, 1);
  trainer.save(folder.path());
  const fs::path newest = folder.path() / "checkpoint-000000002.safetensors";
  write_file(newest, read_file(newest).substr(0, fs::file_size(newest) / 2));
  Trainer other(tiny_options(), {kLikeness, kPerformer});
  EXPECT_THAT(other.resume(folder.path()), HasSubstr("checkpoint-000000002.safetensors"));
  EXPECT_EQ(other.iteration(), 1);
  EXPECT_THAT(Converter(folder.path(), "cpu", 1).note(), HasSubstr("checkpoint-000000002.safetensors"));
}

TEST(Trainer, FollowsTheClockWithoutIterations) {
  TrainerOptions options = tiny_options();
  TrainingStage stage;
  stage.minutes = 1e-9;
  stage.training = options.preset.training;
  options.plan = {stage};
  Trainer trainer(options, {kLikeness, kPerformer});
  EXPECT_FALSE(trainer.finished());
  trainer.step();
  EXPECT_TRUE(trainer.finished());
  EXPECT_GT(trainer.seconds(), 0);
}

TEST(Trainer, DrawsTheLikenessAtThePerformersSize) {
  // The performer's jaw is an ellipse of half the likeness' width and of its height.
  TrainerOptions options = tiny_options();
  const TempFolder folder;
  Trainer trainer(options, {kLikeness, kPerformer});
  trainer.save(folder.path());
  const ModelHeader header = read_model_header(folder.path());
  EXPECT_LT(header.likeness_scales[0], 0.98);
  EXPECT_GT(header.likeness_scales[0], 0.8);
  EXPECT_EQ(header.window, window_in("whole"));

  const DrawnFaces unmarked(4, 1, 64, false);
  Trainer without(options, {unmarked, kPerformer});
  const TempFolder other;
  without.save(other.path());
  EXPECT_EQ(read_model_header(other.path()).likeness_scales[0], 1);
}

TEST(Trainer, DrawsAPreviewSheetUnlessToldToStop) {
  TrainerOptions options = tiny_options();
  int asked = 0, allowed = 1000;
  options.stop = [&] { return ++asked > allowed; };
  Trainer trainer(options, {kLikeness, kPerformer});
  const torch::Tensor sheet = trainer.preview_sheet(3);
  EXPECT_EQ(sheet.sizes(), (std::vector<std::int64_t>{3 * 32, 6 * 32, 3}));
  EXPECT_EQ(sheet.scalar_type(), torch::kUInt8);
  EXPECT_EQ(trainer.preview_sheet(50).size(0), 5 * 32);
  allowed = asked + 1;
  EXPECT_FALSE(trainer.preview_sheet(3).defined());
}

TEST(Trainer, StopsInTheMiddleOfAStepWithoutATrace) {
  TrainerOptions options = tiny_options();
  options.preset.training.accumulate = 3;
  int asked = 0, allowed = 1000;
  options.stop = [&] { return ++asked > allowed; };
  Trainer trainer(options, {kLikeness, kPerformer}), unbroken(options, {kLikeness, kPerformer});
  trainer.step();
  allowed = asked + 1;
  EXPECT_TRUE(trainer.step().stopped);
  EXPECT_EQ(trainer.iteration(), 1);
  allowed = 100000;
  trainer.step();
  unbroken.step();
  unbroken.step();
  const TensorFile a = state_of(trainer), b = state_of(unbroken);
  for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(tensor.equal(*b.find(name))) << name;
  allowed = 0;
  EXPECT_EQ(error_of([&] {
              Trainer(options, {kLikeness, kPerformer});
            }).first,
            static_cast<int>(ErrorCode::kStopped));
}

TEST(Trainer, EveryArchitectureLearnsStagesAndResumes) {
  for (const auto& architecture : architectures()) {
    TrainerOptions options = tiny_options();
    options.preset.network.architecture = architecture.name;
    options.preset.network.performer_channels = {};
    TrainingStage warp, last;
    warp.kind = "warp";
    warp.iterations = 2;
    warp.training = options.preset.training;
    last.kind = "adversarial";
    last.iterations = 3;
    last.training = options.preset.training;
    last.training.adversarial = 0.1;
    last.training.code_adversarial = 0.01;
    last.training.losses.push_back({"style", 0.1});
    last.training.losses.push_back({"eyes-mouth", 1});
    last.training.rate_dropout = 0.5;
    last.training.clip_percentile = 50;
    last.training.optimizer = "lion";
    options.plan = {warp, last};
    const TempFolder folder;
    Trainer unbroken(options, {kLikeness, kPerformer}), first(options, {kLikeness, kPerformer});
    EXPECT_EQ(unbroken.step().new_stage, "") << architecture.name;
    EXPECT_EQ(unbroken.step().new_stage, "adversarial");
    run(unbroken, 2);
    run(first, 3);
    first.save(folder.path());
    Trainer second(options, {kLikeness, kPerformer});
    EXPECT_EQ(second.resume(folder.path()), "") << architecture.name;
    EXPECT_EQ(second.stage(), "adversarial, 2 of 2");
    run(second, 1);
    EXPECT_FALSE(second.finished());
    const TensorFile a = state_of(unbroken), b = state_of(second);
    ASSERT_EQ(a.tensors.size(), b.tensors.size());
    for (const auto& [name, tensor] : a.tensors)
      EXPECT_TRUE(tensor.equal(*b.find(name))) << architecture.name << " " << name;
    run(second, 1);
    EXPECT_TRUE(second.finished());
  }
}

TEST(Trainer, TeachesACastAndChoosesOfIt) {
  TrainerOptions options = tiny_options();
  options.preset.network.architecture = "comb";
  options.preset.network.likenesses = {"ada", "eve"};
  options.preset.network.performers = {"bob", "dan", "max"};
  const DrawnFaces eve(4, 0.5), dan(3, 0.2), max(2, 0.7);
  Trainer trainer(options, {kLikeness, eve, kPerformer, dan, max});
  const TempFolder folder;
  run(trainer, 2);
  trainer.save(folder.path());
  EXPECT_EQ(trainer.preview_sheet(2).size(0), 2 * 32);
  const torch::Tensor face = torch::rand({1, 64, 64, 3});
  const auto swapped = [&](const SwapChoice& choice) {
    return Converter(folder.path(), "cpu", 1, Precision::kAuto, choice).convert(face).image_nhwc;
  };
  EXPECT_FALSE(swapped({"ada", {}}).equal(swapped({"eve", {}})));
  EXPECT_THAT(error_of([&] { swapped({}); }).second, HasSubstr("ada, eve"));
  EXPECT_THAT(error_of([&] { swapped({"bob", {}}); }).second, HasSubstr("no likeness 'bob'"));
  EXPECT_THAT(error_of([&] { swapped({"ada", 0.5}); }).second, HasSubstr("cannot be morphed"));
}

TEST(Trainer, FreezesWhatItIsToldToAndTakesPartsOfAnotherModel) {
  TrainerOptions options = tiny_options();
  options.preset.training.freeze = {"encoder", "inter.code"};
  Trainer trainer(options, {kLikeness, kPerformer});
  const TensorFile before = state_of(trainer);
  run(trainer, 2);
  const TempFolder folder;
  trainer.save(folder.path());
  const Checkpoint saved = load_checkpoint(folder.path());
  for (const auto& [name, tensor] : before.tensors) {
    if (!name.starts_with("weights.")) continue;
    const bool frozen = name.starts_with("weights.encoder") || name.starts_with("weights.inter.code");
    EXPECT_EQ(tensor.equal(*saved.file.find(name)), frozen) << name;
  }
  options.preset.training.freeze = {"encoder", "inter", "likeness", "performer"};
  EXPECT_THAT(error_of([&] {
                Trainer(options, {kLikeness, kPerformer});
              }).second,
              HasSubstr("is left to learn"));
  options.preset.training.freeze = {"encoder", "inter", "likeness"};
  options.preset.training.performer_weight = 0;
  Trainer stuck(options, {kLikeness, kPerformer});
  EXPECT_THAT(error_of([&] { stuck.step(); }).second, HasSubstr("nothing that is taught can move"));
  options.preset.training.performer_weight = 1;
  options.preset.training.freeze = {"nosuch"};
  EXPECT_THAT(error_of([&] { Trainer(options, {kLikeness, kPerformer}); }).second, HasSubstr("nosuch"));

  options = tiny_options();
  options.seed = 9;
  options.preset.network.decoder_channels = {8, 8};  // other decoders: only the rest can be taken
  Trainer other(options, {kLikeness, kPerformer});
  EXPECT_THAT(error_of([&] { other.start_from(saved.path); }).second, HasSubstr("likeness.0.up"));
  other.start_from(saved.path, {"encoder"});
  const TensorFile taken = state_of(other);
  EXPECT_TRUE(taken.find("weights.encoder.0.weight")->equal(*saved.file.find("average.encoder.0.weight")));
  EXPECT_FALSE(taken.find("weights.inter.code.weight")->equal(*saved.file.find("average.inter.code.weight")));
}

TEST(Trainer, AccumulatesBatchesIntoOneStep) {
  TrainerOptions whole = tiny_options(), parts = tiny_options();
  for (TrainerOptions* options : {&whole, &parts}) {
    options->precision = Precision::kFp32;
    options->preset.training.augment = {};
    options->preset.training.optimizer = "rmsprop";
  }
  whole.preset.training.batch = 4;
  parts.preset.training.batch = 2;
  parts.preset.training.accumulate = 2;
  Trainer a(whole, {kLikeness, kPerformer}), b(parts, {kLikeness, kPerformer});
  const StepReport one = a.step(), two = b.step();
  EXPECT_NEAR(one.likeness_loss, two.likeness_loss, 1e-4 * one.likeness_loss);
  EXPECT_NEAR(one.gradient_norm, two.gradient_norm, 1e-3 * one.gradient_norm);
}

TEST(Trainer, BeginsFromABaseModel) {
  const TempFolder folder;
  const fs::path base = folder.path() / "base.safetensors";
  Trainer trainer(tiny_options(), {kLikeness, kPerformer});
  run(trainer, 2);
  trainer.save(folder.path() / "model");
  save_average(folder.path() / "model", base);
  TrainerOptions options = tiny_options();
  options.seed = 8;
  Trainer other(options, {kLikeness, kPerformer});
  other.start_from(base);
  EXPECT_EQ(other.iteration(), 0);
  const TensorFile state = state_of(other), weights = read_safetensors(base);
  for (const auto& [name, tensor] : weights.tensors) {
    EXPECT_EQ(tensor.scalar_type(), torch::kBFloat16);
    EXPECT_TRUE(state.find(name)->equal(tensor.to(torch::kFloat32))) << name;
  }
  options.preset.network.code_size = 48;
  Trainer wrong(options, {kLikeness, kPerformer});
  EXPECT_THAT(error_of([&] { wrong.start_from(base); }).second, HasSubstr("inter.code.weight"));
}

TEST(Trainer, LooksBackAtWhatItBeganFromAlsoAfterAResume) {
  const TempFolder base, folder;
  Trainer earlier(tiny_options(), {kLikeness, kPerformer});
  run(earlier, 2);
  earlier.save(base.path());
  const fs::path weights = base.path() / "checkpoint-000000002.safetensors";
  TrainerOptions options = tiny_options();
  options.preset.training.freeze = {"encoder", "inter"};
  options.preset.training.augment.code_shift = 1;
  options.preset.training.augment.flip = 0;
  Trainer unbroken(options, {kLikeness, kPerformer});
  unbroken.start_from(weights);
  run(unbroken, 2);
  unbroken.save(folder.path());
  Trainer resumed(options, {kLikeness, kPerformer});
  resumed.resume(folder.path());
  for (Trainer* trainer : {&unbroken, &resumed}) run(*trainer, 2);
  const TensorFile a = state_of(unbroken), b = state_of(resumed);
  for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(tensor.equal(*b.find(name))) << name;
  const torch::Tensor began = *read_safetensors(weights).find("average.likeness.0.up.weight");
  EXPECT_TRUE(began.equal(*b.find("start.likeness.0.up.weight")));
  EXPECT_FALSE(began.equal(*b.find("weights.likeness.0.up.weight")));

  options.precision = Precision::kBf16;  // codes come in it, what is made of them does not
  Trainer halved(options, {kLikeness, kPerformer});
  halved.start_from(weights);
  run(halved, 1);
  options.precision = tiny_options().precision;

  Trainer from_nothing(options, {kLikeness, kPerformer});
  EXPECT_THAT(error_of([&] { from_nothing.step(); }).second, HasSubstr("began from no other model"));
  // What never looked back has nothing to look back at.
  EXPECT_THAT(error_of([&] {
                Trainer(options, {kLikeness, kPerformer}).resume(base.path());
              }).second,
              HasSubstr("start.encoder.0.weight"));
}

TEST(Trainer, KeepsABaseWithOtherDecodersBeside) {
  const TempFolder base, folder;
  Trainer earlier(tiny_options(), {kLikeness, kPerformer});
  run(earlier, 1);
  earlier.save(base.path());
  const fs::path weights = base.path() / "checkpoint-000000001.safetensors";
  TrainerOptions options = tiny_options();
  options.preset.network.decoder_channels = {8, 8};
  options.preset.training.freeze = {"encoder", "inter"};
  options.preset.training.augment.code_shift = 1;
  options.preset.training.augment.flip = 0;
  Trainer unbroken(options, {kLikeness, kPerformer});
  EXPECT_THAT(error_of([&] { unbroken.start_from(weights, {"encoder"}); }).second,
              HasSubstr("needs the whole encoder"));
  unbroken.start_from(weights, {"encoder", "inter"});
  run(unbroken, 1);
  unbroken.save(folder.path());
  EXPECT_EQ(read_model_header(folder.path()).start, tiny_options().preset.network);
  Trainer resumed(options, {kLikeness, kPerformer});
  resumed.resume(folder.path());
  for (Trainer* trainer : {&unbroken, &resumed}) run(*trainer, 2);
  const TensorFile a = state_of(unbroken), b = state_of(resumed);
  for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(tensor.equal(*b.find(name))) << name;
  EXPECT_TRUE(read_safetensors(weights)
                  .find("average.likeness.0.up.weight")
                  ->equal(*b.find("start.likeness.0.up.weight")));

  options.preset.network.code_size = 48;
  Trainer other(options, {kLikeness, kPerformer});
  EXPECT_THAT(error_of([&] { other.start_from(weights, {"encoder"}); }).second,
              HasSubstr("needs the whole encoder"));
}

TEST(Trainer, RefusesEmptySetsAndAbsentDevices) {
  EXPECT_EQ(error_of([] {
              Trainer(tiny_options(), {kNobody, kPerformer});
            }).first,
            static_cast<int>(ErrorCode::kInput));
  TrainerOptions options = tiny_options();
  options.device = "cuda:77";
  EXPECT_EQ(error_of([&] {
              Trainer(options, {kLikeness, kPerformer});
            }).first,
            static_cast<int>(ErrorCode::kResource));
}

}  // namespace
}  // namespace understudy::model
