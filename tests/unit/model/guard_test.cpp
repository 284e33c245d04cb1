#include "understudy/model/guard.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "understudy/core/error.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;

Guard calm_guard(double loss, int steps) {
  Guard guard;
  for (int i = 0; i < steps; ++i) guard.note_good(loss);
  return guard;
}

TEST(Guard, JudgesLossesByWhatIsUsual) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const Guard fresh, settled = calm_guard(0.5, 100);
  EXPECT_EQ(fresh.trouble(1000, 1), "");  // nothing is usual yet
  EXPECT_THAT(fresh.trouble(nan, 1), HasSubstr("the loss is"));
  EXPECT_THAT(fresh.trouble(1, inf), HasSubstr("gradient"));
  EXPECT_EQ(settled.trouble(0.5 * Guard::kSpike, 1e6), "");
  EXPECT_EQ(settled.trouble(0.5 * Guard::kSpike + 0.01, 1), "the loss is 2.010, 0.500 is usual");
}

TEST(Guard, HalvesTheRateForAWhileAndForgives) {
  Guard guard = calm_guard(1, 100);
  EXPECT_EQ(guard.rate_factor(100), 1);
  guard.note_bad(101, "the loss is 9");
  EXPECT_EQ(guard.rate_factor(101), 0.5);
  guard.note_bad(102, "the loss is 8");
  EXPECT_EQ(guard.rate_factor(102), 0.25);
  EXPECT_THAT(guard.evidence(), HasSubstr("iteration 101: the loss is 9; iteration 102: the loss is 8"));
  for (int i = 0; i < Guard::kCalm; ++i) guard.note_good(1);
  EXPECT_EQ(guard.evidence(), "");
  EXPECT_EQ(guard.rate_factor(101 + Guard::kCalm), 0.5);
  EXPECT_EQ(guard.rate_factor(102 + Guard::kSlow), 1);
}

TEST(Guard, GivesUpAfterTooManyInARow) {
  Guard guard = calm_guard(1, 100);
  for (int i = 0; i < Guard::kMostStrikes; ++i) {
    EXPECT_FALSE(guard.gave_up());
    guard.note_bad(200 + i, "the loss is 9");
    for (int good = 0; good < Guard::kCalm - 1; ++good) guard.note_good(1);  // not calm for long enough
  }
  EXPECT_TRUE(guard.gave_up());
}

TEST(Guard, IsKeptInJson) {
  Guard guard = calm_guard(0.7, 60);
  guard.note_bad(61, "the loss is 9");
  const Json json = guard.to_json();
  EXPECT_EQ(Guard::from_json(json, "here").to_json(), json);
  EXPECT_EQ(Guard::from_json(Json::object(), "here").to_json(), Guard().to_json());
  for (const char* key : {"usual_loss", "seen", "calm", "bad_at", "strikes", "evidence"}) {
    Json broken = json;
    broken.erase(key);
    EXPECT_THROW(Guard::from_json(broken, "here"), Error) << key;
    broken[key] = -1;
    EXPECT_THROW(Guard::from_json(broken, "here"), Error) << key;
  }
}

}  // namespace
}  // namespace understudy::model
