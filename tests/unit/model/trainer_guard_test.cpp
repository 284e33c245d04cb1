#include <gmock/gmock.h>
#include <torch/types.h>

#include "drawn_faces.h"
#include "trainer_runs.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;

TEST(Trainer, HalvesARateThatRuinsItUntilItHolds) {
  TrainerOptions options = tiny_options();
  options.preset.training.augment = {};
  options.preset.training.learning_rate = 1;
  options.preset.training.clip_norm = 0;
  options.preset.training.warmup = 0;
  options.preset.training.weight_decay = 10;  // weights grow ninefold at each step
  options.preset.training.iterations = 100000;
  Trainer trainer(options, {kLikeness, kPerformer});
  std::vector<StepReport> refused;
  for (int i = 0; i < 250; ++i) {  // it does not give up
    const StepReport step = trainer.step();
    EXPECT_TRUE(std::isfinite(step.likeness_loss) || !step.trouble.empty());
    if (!step.trouble.empty()) refused.push_back(step);
  }
  ASSERT_GE(refused.size(), 2u);
  EXPECT_THAT(refused[0].trouble, HasSubstr("with 0.5 of the rate"));
  EXPECT_THAT(refused[1].trouble, HasSubstr("with 0.25 of the rate"));
}

TEST(Trainer, LeavesOutStepsThatWouldRuinIt) {
  struct Noise : DrawnFaces {
    using DrawnFaces::DrawnFaces;
    FaceSample load(std::size_t idx) const override {
      FaceSample face = DrawnFaces::load(idx);
      face.image_hwc = torch::randint(0, 256, face.image_hwc.sizes(), torch::kUInt8);
      face.mask_hw = 255 - face.mask_hw;
      return face;
    }
  };
  TrainerOptions options = tiny_options();
  options.preset.training.augment = {};
  options.preset.training.losses = {{"l1", 4}};
  options.preset.training.learning_rate = 3e-3;
  options.preset.training.iterations = 400;
  const TempFolder folder;
  Trainer before(options, {kLikeness, kPerformer});
  run(before, 300);
  before.save(folder.path());

  // The same training, as far as it knows, but the faces have been ruined.
  const Noise ruined(6, 1), other(5, 0);
  Trainer after(options, {ruined, other});
  after.resume(folder.path());
  const StepReport step = after.step();
  EXPECT_THAT(step.trouble,
              HasSubstr("is usual; went back to the state of iteration 300, with 0.5 of the rate"));
  EXPECT_EQ(after.iteration(), 301);
  const TensorFile a = state_of(before), b = state_of(after);
  for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(tensor.equal(*b.find(name))) << name;

  // Where losses are read together, all that was done since is undone.
  options.read_together = 4;
  Trainer together(options, {ruined, other});
  together.resume(folder.path());
  EXPECT_THAT(together.step().trouble, HasSubstr("went back to the state of iteration 300"));
  EXPECT_EQ(together.iteration(), 304);
  const TensorFile c = state_of(together);
  for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(tensor.equal(*c.find(name))) << name;

  const auto [code, message] = error_of([&] { run(after, 10); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kResource));
  EXPECT_THAT(message, HasSubstr("diverged, 5 times"));
  EXPECT_THAT(message, HasSubstr("iteration 302: the loss is"));

  // Told that these are other faces, it goes on.
  options.lineage = {{"datasets", {"others"}}};
  Trainer told(options, {ruined, other});
  told.resume(folder.path());
  EXPECT_EQ(told.step().trouble, "");
}

TEST(Trainer, ReadsLossesTogetherAndLearnsTheSame) {
  TrainerOptions options = tiny_options();
  options.preset.training.iterations = 11;
  options.preset.training.clip_norm = 0.01;  // each gradient is clipped
  Trainer alone(options, {kLikeness, kPerformer});
  run(alone, 11);
  options.read_together = 4;
  options.step_ends = {0, 6};
  Trainer together(options, {kLikeness, kPerformer});
  std::vector<std::int64_t> ends;
  while (!together.finished()) {
    const StepReport step = together.step();
    EXPECT_EQ(step.iteration - step.iterations, ends.empty() ? 0 : ends.back());
    EXPECT_GT(step.likeness_loss, 0);
    ends.push_back(step.iteration);
  }
  EXPECT_THAT(ends, testing::ElementsAre(4, 6, 8, 11));
  const TensorFile a = state_of(alone), b = state_of(together);
  for (const auto& [name, tensor] : a.tensors) EXPECT_TRUE(tensor.equal(*b.find(name))) << name;
}

}  // namespace
}  // namespace understudy::model
