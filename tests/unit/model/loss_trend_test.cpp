#include "understudy/model/loss_trend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <random>

#include "understudy/core/error.h"

namespace understudy::model {
namespace {

/// The step at which the loss is found to lie on a plateau, if it is.
std::optional<int> plateau_of(int steps, const std::function<double(int)>& loss) {
  LossTrend trend;
  for (int step = 0; step < steps; ++step) {
    trend.note(loss(step));
    if (trend.plateaued()) return step + 1;
  }
  return std::nullopt;
}

constexpr int kWindow = LossTrend::kWindow, kPatience = LossTrend::kPatience;

TEST(LossTrend, ALossThatFallsIsNoPlateau) {
  EXPECT_EQ(plateau_of(40 * kWindow, [](int step) { return 1 / (1 + step / 500.0); }), std::nullopt);
}

TEST(LossTrend, ANoisyLossThatFallsIsNoPlateau) {
  std::mt19937 random(1);
  std::normal_distribution<double> noise(1, 0.2);
  EXPECT_EQ(plateau_of(60 * kWindow,
                       [&](int step) { return noise(random) * std::pow(0.95, double(step) / kWindow); }),
            std::nullopt);
}

TEST(LossTrend, AFlatLossIsOne) {
  EXPECT_EQ(plateau_of(100 * kWindow, [](int) { return 0.5; }), (1 + kPatience) * kWindow);
}

TEST(LossTrend, AFlatNoisyLossIsOneSoon) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0.5, 0.1);
    const std::optional<int> step = plateau_of(20 * kWindow, [&](int) { return noise(random); });
    ASSERT_TRUE(step.has_value()) << seed;
    EXPECT_GE(*step, (1 + kPatience) * kWindow);
  }
}

TEST(LossTrend, ALossThatRisesIsOne) {
  EXPECT_EQ(plateau_of(100 * kWindow, [](int step) { return 0.5 + step * 1e-4; }), (1 + kPatience) * kWindow);
}

TEST(LossTrend, MeansTheLatestFullWindow) {
  LossTrend trend;
  for (int step = 0; step < kWindow - 1; ++step) trend.note(3);
  EXPECT_EQ(trend.mean(), std::nullopt);
  trend.note(3);
  EXPECT_EQ(trend.mean(), 3);
  for (int step = 0; step < kWindow; ++step) trend.note(step % 2);
  EXPECT_EQ(trend.mean(), 0.5);
  trend.restart();
  EXPECT_EQ(trend.mean(), std::nullopt);
}

TEST(LossTrend, BeginsAnewAfterARestart) {
  LossTrend trend;
  const auto note = [&](int windows) {
    for (int step = 0; step < windows * kWindow; ++step) trend.note(0.5);
  };
  note(1 + kPatience);
  EXPECT_TRUE(trend.plateaued());
  trend.restart();
  note(kPatience);
  EXPECT_FALSE(trend.plateaued());
  note(1);
  EXPECT_TRUE(trend.plateaued());
}

TEST(LossTrend, IsKeptInJson) {
  LossTrend trend;
  for (int step = 0; step < 777; ++step) trend.note(1 + 0.001 * step);
  const Json json = trend.to_json();
  LossTrend same = LossTrend::from_json(parse_json(json.dump(), "here"), "here");
  EXPECT_EQ(same.to_json(), json);
  for (int step = 0; step < 777; ++step) {
    trend.note(0.3 * step);
    same.note(0.3 * step);
  }
  EXPECT_EQ(same.to_json(), trend.to_json());
  EXPECT_EQ(LossTrend::from_json(Json::object(), "here").to_json(), LossTrend().to_json());
  for (const char* key : {"sum", "count", "windows", "latest", "best", "stale"}) {
    Json broken = json;
    broken.erase(key);
    EXPECT_THROW(LossTrend::from_json(broken, "here"), Error) << key;
    broken[key] = -1;
    EXPECT_THROW(LossTrend::from_json(broken, "here"), Error) << key;
  }
}

}  // namespace
}  // namespace understudy::model
