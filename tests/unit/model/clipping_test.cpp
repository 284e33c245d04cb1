#include "understudy/model/clipping.h"

#include <gtest/gtest.h>

#include "understudy/core/error.h"

namespace understudy::model {
namespace {

TrainingConfig config_with(double clip_norm, double clip_percentile) {
  TrainingConfig config;
  config.clip_norm = clip_norm;
  config.clip_percentile = clip_percentile;
  return config;
}

GradientClip after_norms(int count, const TrainingConfig& config) {
  GradientClip clip;
  for (int norm = 1; norm <= count; ++norm) clip.note(norm, config);
  return clip;
}

TEST(Clipping, ByNorm) {
  EXPECT_EQ(clip_scale(4, 1), 0.25);
  EXPECT_EQ(clip_scale(0.5, 1), 1);
  EXPECT_EQ(clip_scale(4, 0), 1);
  EXPECT_EQ(GradientClip().scale(4, config_with(1, 10)), 0.25);
  EXPECT_EQ(GradientClip().scale(4, config_with(0, 0)), 1);
}

TEST(Clipping, ByPercentileOnceEnoughIsKnown) {
  const TrainingConfig config = config_with(0, 10);
  EXPECT_EQ(after_norms(GradientClip::kFirstNorms - 1, config).scale(1000, config), 1);
  const GradientClip clip = after_norms(100, config);
  EXPECT_EQ(clip.scale(20, config), 0.5);  // the tenth of 1..100 is 10
  EXPECT_EQ(clip.scale(10, config), 1);
  EXPECT_EQ(clip.scale(200, config_with(0, 100)), 0.5);
  EXPECT_EQ(clip.scale(20, config_with(5, 10)), 0.25);  // the lower limit counts
  EXPECT_EQ(clip.scale(20, config_with(100, 10)), 0.5);
}

TEST(Clipping, ForgetsOldNorms) {
  const TrainingConfig config = config_with(0, 50);
  GradientClip clip = after_norms(1000, config);
  EXPECT_EQ(clip.scale(1000, config), 0.5);
  for (std::size_t i = 0; i < GradientClip::kMostNorms; ++i) clip.note(4, config);
  EXPECT_EQ(clip.scale(8, config), 0.5);
}

TEST(Clipping, KeepsNothingWithoutAPercentile) {
  EXPECT_TRUE(after_norms(100, config_with(1, 0)).to_json()["norms"].empty());
}

TEST(Clipping, IsKeptInJson) {
  const TrainingConfig config = config_with(0, 50);
  GradientClip clip = after_norms(1100, config);  // the ring has begun again
  GradientClip same = GradientClip::from_json(clip.to_json(), "here");
  EXPECT_EQ(same.to_json(), clip.to_json());
  for (int i = 0; i < 700; ++i) {
    clip.note(0.01 * i, config);
    same.note(0.01 * i, config);
  }
  EXPECT_EQ(same.to_json(), clip.to_json());
  EXPECT_EQ(same.scale(1e6, config), clip.scale(1e6, config));
  EXPECT_EQ(GradientClip::from_json(Json::object(), "here").to_json(), GradientClip().to_json());
  const Json too_many = {{"norms", std::vector<double>(GradientClip::kMostNorms + 1, 1.0)}};
  for (const Json& broken : {Json{{"norms", {1, -1}}}, Json{{"norms", {"a"}}}, Json{{"norms", 3}},
                             Json{{"norm", Json::array()}}, Json(3), too_many})
    EXPECT_THROW(GradientClip::from_json(broken, "here"), Error) << broken.dump().substr(0, 40);
}

}  // namespace
}  // namespace understudy::model
