#include "understudy/model/rate_finder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "understudy/core/error.h"

namespace understudy::model {
namespace {

/// Flat, falling most at a rate of 1e-3, rising from about 3e-2.
double typical_loss(double rate) {
  return 1 - 0.6 / (1 + std::pow(1e-3 / rate, 1.5)) + std::pow(rate / 0.05, 3);
}

RateFinder after_test(int steps, const std::function<double(double)>& loss) {
  RateFinder finder(steps);
  while (!finder.finished()) finder.note(loss(finder.rate()));
  return finder;
}

TEST(RateFinder, RatesRiseGeometrically) {
  const RateFinder finder = after_test(100, [](double) { return 1.0; });
  ASSERT_EQ(finder.points().size(), 100U);
  EXPECT_NEAR(finder.points().front().rate, RateFinder::kLowest, 1e-12);
  EXPECT_NEAR(finder.points().back().rate, RateFinder::kHighest, 1e-9);
  EXPECT_NEAR(finder.points()[51].rate / finder.points()[50].rate,
              finder.points()[11].rate / finder.points()[10].rate, 1e-9);
  EXPECT_FALSE(finder.suggestion().has_value());  // nothing fell
}

TEST(RateFinder, SuggestsTheSteepestPlace) {
  for (const int steps : {100, 1000}) {
    std::mt19937 random(2);
    std::normal_distribution<double> noise(1, 0.03);
    const RateFinder finder =
        after_test(steps, [&](double rate) { return typical_loss(rate) * noise(random); });
    EXPECT_LT(finder.points().size(), static_cast<std::size_t>(steps)) << "did not stop";
    const auto found = finder.suggestion();
    ASSERT_TRUE(found.has_value());
    EXPECT_GT(found->steepest, 3e-4);
    EXPECT_LT(found->steepest, 6e-3);
    EXPECT_GT(found->tenth_of_best, 3e-4);
    EXPECT_LT(found->tenth_of_best, 6e-3);
  }
}

TEST(RateFinder, EndsAtALossThatIsNoNumber) {
  const RateFinder finder = after_test(
      200, [](double rate) { return rate < 1e-3 ? 1.0 : std::numeric_limits<double>::quiet_NaN(); });
  EXPECT_LT(finder.points().size(), 200U);
  EXPECT_LT(finder.points().back().rate, 1e-3);
  RateFinder at_once(20);
  at_once.note(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(at_once.finished());
  EXPECT_FALSE(at_once.suggestion().has_value());
}

TEST(RateFinder, RefusesTooFewSteps) {
  EXPECT_THROW(RateFinder(19), Error);
}

}  // namespace
}  // namespace understudy::model
