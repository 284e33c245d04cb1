#include "understudy/model/training_plan.h"

#include <gmock/gmock.h>

#include "drawn_faces.h"
#include "understudy/model/stage_course.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;

const TrainingConfig kTraining = tiny_preset().training;

Json stage(const char* kind, Json more = Json::object()) {
  Json json = {{"kind", kind}};
  json.update(more);
  return json;
}

std::vector<TrainingStage> plan(Json stages) {
  return plan_from_json({{"stage", std::move(stages)}}, kTraining, "plan.toml");
}

TEST(TrainingPlan, EveryKindOfStageChangesAPreset) {
  for (const auto& kind : stage_kinds()) {
    const std::vector<TrainingStage> stages = plan(Json::array({stage(kind.name.c_str())}));
    ASSERT_EQ(stages.size(), 1u);
    EXPECT_EQ(stages[0].training == kTraining, kind.value.empty()) << kind.name;
    EXPECT_EQ(plan_from_json(plan_to_json(stages), kTraining, "again"), stages) << kind.name;
  }
}

TEST(TrainingPlan, StagesHaveTheirOwnLossesRatesAndEnds) {
  const auto stages =
      plan(Json::array({stage("warp", {{"iterations", 10},
                                       {"training", {{"learning_rate", 0.25}, {"losses", {{"l2", 3.0}}}}}}),
                        stage("no-warp", {{"until", "loss=0.5"}}),
                        stage("adversarial", {{"minutes", 2.0}, {"until", "plateau"}})}));
  ASSERT_EQ(stages.size(), 3u);
  EXPECT_EQ(stages[0].training.learning_rate, 0.25);
  EXPECT_EQ(stages[0].training.losses, (std::vector<LossTerm>{{"l2", 3}}));
  EXPECT_EQ(stages[0].training.augment.warp, kTraining.augment.warp);
  EXPECT_EQ(stages[1].training.augment.warp, 0);
  EXPECT_EQ(stages[1].training.losses, kTraining.losses);
  EXPECT_EQ(stages[1].until.loss, 0.5);
  EXPECT_GT(stages[2].training.adversarial, 0);
  EXPECT_TRUE(stages[2].until.plateau);
}

TEST(TrainingPlan, RefusesWhatItDoesNotKnow) {
  struct Case {
    Json json;
    const char* says;
  };
  const Case cases[] = {
      {{{"stage", Json::array({stage("warm")})}}, "unknown kind of stage 'warm'"},
      {{{"stage", Json::array({stage("warp", {{"iterations", 0}})})}}, "above 0"},
      {{{"stage", Json::array({stage("warp", {{"until", "tomorrow"}})})}}, "no rule to stop by"},
      {{{"stage", Json::array({stage("warp", {{"length", 3}})})}}, "no field 'length'"},
      {{{"stage", Json::array({stage("warp", {{"training", {{"learning_rat", 1}}}})})}},
       "did you mean 'learning_rate'"},
      {{{"stage", Json::array({stage("warp", {{"training", {{"losses", {{"l1", -1.0}}}}}})})}},
       "the loss l1 is -1"},
      {{{"stage", Json::array()}}, "not a list of stages"},
      {{{"stages", Json::array({stage("warp")})}}, "no field 'stages'"},
      {Json::object(), "'stage' is missing"}};
  for (const Case& c : cases) {
    const auto [code, message] = error_of([&] { plan_from_json(c.json, kTraining, "plan.toml"); });
    EXPECT_EQ(code, static_cast<int>(ErrorCode::kFormat)) << c.says;
    EXPECT_THAT(message, testing::AllOf(HasSubstr(c.says), HasSubstr("plan.toml")));
  }
}

TEST(TrainingPlan, ReadsWhenToStop) {
  EXPECT_EQ(until_from_text(""), Until{});
  EXPECT_TRUE(until_from_text("plateau").plateau);
  EXPECT_EQ(until_from_text("loss=0.125").loss, 0.125);
  for (const char* words : {"loss", "loss=", "loss=x", "loss=-1", "loss=1x", "plateaux"})
    EXPECT_EQ(error_of([&] { until_from_text(words); }).first, static_cast<int>(ErrorCode::kUsage)) << words;
  for (const char* words : {"", "plateau", "loss=0.125"})
    EXPECT_EQ(until_text(until_from_text(words)), words);
}

TEST(StageCourse, GoesFromStageToStage) {
  StageCourse course(
      plan(Json::array({stage("warp", {{"iterations", 4}}), stage("no-warp", {{"minutes", 1.0}})})));
  EXPECT_EQ(course.part(2, 0), 0.5);
  EXPECT_EQ(course.whole(2, 0), 0.25);
  EXPECT_FALSE(course.advance(3, 100));
  EXPECT_TRUE(course.advance(4, 100));
  EXPECT_EQ(course.stage().kind, "no-warp");
  EXPECT_EQ(course.iteration_in_stage(6), 2);
  EXPECT_FALSE(course.over(5, 159));
  EXPECT_EQ(course.part(5, 130), 0.5);
  EXPECT_TRUE(course.over(5, 160));
  EXPECT_FALSE(course.advance(5, 160));
}

TEST(StageCourse, StopsAtALossOrAPlateau) {
  StageCourse course(
      plan(Json::array({stage("warp", {{"until", "loss=0.5"}}), stage("no-warp", {{"until", "plateau"}})})));
  for (std::int64_t i = 0; i < 10 * LossTrend::kWindow; ++i) course.note(0.6);
  EXPECT_FALSE(course.advance(1, 1));
  for (std::int64_t i = 0; i < LossTrend::kWindow; ++i) course.note(0.4);
  EXPECT_TRUE(course.advance(2, 1));
  EXPECT_FALSE(course.over(3, 1));
  for (std::int64_t i = 0; i < (LossTrend::kPatience + 1) * LossTrend::kWindow; ++i) course.note(0.4);
  EXPECT_TRUE(course.over(4, 1));
}

TEST(StageCourse, ThePlateauScheduleHalvesTheRateAgainAndAgain) {
  StageCourse course(
      plan(Json::array({stage("warp", {{"iterations", 1000000}, {"training", {{"schedule", "plateau"}}}})})));
  for (std::int64_t i = 0; i < 3 * (LossTrend::kPatience + 1) * LossTrend::kWindow; ++i) course.note(0.4);
  EXPECT_EQ(course.halvings(), 3);
}

TEST(StageCourse, ComesBackFromJsonAndKnowsItsPlan) {
  const Json stages = Json::array({stage("warp", {{"iterations", 4}}), stage("no-warp")});
  StageCourse course(plan(stages)), again(plan(stages));
  course.note(0.3);
  course.advance(4, 9);
  course.note(0.2);
  again.take_up(course.to_json(), "here");
  EXPECT_EQ(again.to_json(), course.to_json());
  EXPECT_EQ(again.idx(), 1u);
  StageCourse shorter(plan(Json::array({stage("warp")}))),
      other(plan(Json::array({stage("warp"), stage("warp")})));
  EXPECT_THAT(error_of([&] { shorter.take_up(course.to_json(), "here"); }).second, HasSubstr("has 1 stages"));
  EXPECT_THAT(error_of([&] { other.take_up(course.to_json(), "here"); }).second,
              HasSubstr("has 'warp' there"));
}

}  // namespace
}  // namespace understudy::model
