#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "drawn_faces.h"
#include "trainer_runs.h"

namespace understudy::model {
namespace {

TrainerOptions options_on(const std::string& device) {
  TrainerOptions options = tiny_options();
  options.preset.training.iterations = 40;
  options.precision = Precision::kFp32;
  options.device = device;
  return options;
}

/// The mean loss of the last ten of forty iterations.
double last_loss(Trainer& trainer) {
  double sum = 0;
  std::int64_t counted = 0;
  while (!trainer.finished()) {
    const StepReport report = trainer.step();
    if (report.iteration <= 30) continue;
    sum += report.likeness_loss * static_cast<double>(report.iterations);
    counted += report.iterations;
  }
  return sum / static_cast<double>(counted);
}

class GpuTraining : public testing::Test {
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "needs a GPU";
  }
};

TEST_F(GpuTraining, LearnsAsOnTheProcessor) {
  Trainer there(options_on("cuda"), {kLikeness, kPerformer}),
      here(options_on("cpu"), {kLikeness, kPerformer});
  const double expected = last_loss(here);
  EXPECT_NEAR(last_loss(there), expected, 0.02 * expected);
}

TEST_F(GpuTraining, GoesOnFromACheckpoint) {
  const TempFolder folder;
  Trainer unbroken(options_on("cuda"), {kLikeness, kPerformer}),
      first(options_on("cuda"), {kLikeness, kPerformer});
  run(unbroken, 4);
  run(first, 2);
  first.save(folder.path());
  Trainer second(options_on("cuda"), {kLikeness, kPerformer});
  EXPECT_EQ(second.resume(folder.path()), "");
  EXPECT_EQ(second.iteration(), 20);
  run(second, 2);
  const TensorFile a = state_of(unbroken), b = state_of(second);
  // Not to the bit: a GPU adds in the order in which its parts happen to be ready.
  for (const auto& [name, tensor] : a.tensors)
    EXPECT_TRUE(torch::allclose(tensor, *b.find(name), 1e-2, 1e-3)) << name;
}

}  // namespace
}  // namespace understudy::model
