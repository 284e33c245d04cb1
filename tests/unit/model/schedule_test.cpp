#include "understudy/model/schedule.h"

#include <gtest/gtest.h>

namespace understudy::model {
namespace {

TrainingConfig config_with(const std::string& schedule) {
  TrainingConfig config = presets().at("sketch").training;
  config.learning_rate = 1;
  config.schedule = schedule;
  config.warmup = 10;
  config.final_rate = 0.1;
  config.no_warp_tail = 0.4;
  config.ema = 0.99;
  return config;
}

TEST(Schedule, EveryOneWarmsUpAndStaysInRange) {
  for (const auto& entry : schedules()) {
    const TrainingConfig config = config_with(entry.name);
    EXPECT_NEAR(learning_rate(config, 0, 0), 0.1, 1e-9) << entry.name;
    EXPECT_NEAR(learning_rate(config, 9, 0), 1, 1e-9) << entry.name;
    for (const double progress : {0.0, 0.3, 1.0, 1.5}) {
      const double rate = learning_rate(config, 1000, progress, 3);
      EXPECT_GE(rate, 0.1 - 1e-9) << entry.name;
      EXPECT_LE(rate, 1) << entry.name;
    }
  }
}

TEST(Schedule, CosineFallsToItsFinalPart) {
  const TrainingConfig config = config_with("cosine");
  EXPECT_NEAR(learning_rate(config, 500, 0.5), 0.55, 1e-9);
  EXPECT_NEAR(learning_rate(config, 1000, 1), 0.1, 1e-9);
  EXPECT_NEAR(learning_rate(config, 1000, 1.5), 0.1, 1e-9);
}

TEST(Schedule, ConstantStaysAndPlateauIsHalved) {
  EXPECT_EQ(learning_rate(config_with("constant"), 1000, 0.9, 2), 1);
  const TrainingConfig plateau = config_with("plateau");
  EXPECT_EQ(learning_rate(plateau, 1000, 0.9), 1);
  EXPECT_EQ(learning_rate(plateau, 1000, 0.9, 1), 0.5);
  EXPECT_EQ(learning_rate(plateau, 1000, 0.9, 3), 0.125);
  EXPECT_EQ(learning_rate(plateau, 1000, 0.9, 100), 0.1);
}

TEST(Schedule, DisturbanceAndAverage) {
  const TrainingConfig config = config_with("cosine");
  EXPECT_EQ(disturbance(config, 0.6), 1);
  EXPECT_NEAR(disturbance(config, 0.7), 0.5, 1e-9);
  EXPECT_NEAR(disturbance(config, 0.8), 0, 1e-9);
  EXPECT_EQ(disturbance(config, 1), 0);
  EXPECT_NEAR(average_decay(config, 0), 0.05, 1e-9);
  EXPECT_EQ(average_decay(config, 1 << 20), 0.99);
}

}  // namespace
}  // namespace understudy::model
