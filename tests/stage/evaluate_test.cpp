#include "understudy/stages/evaluate.h"

#include <gtest/gtest.h>

#include "stage/merge_sample.h"

namespace understudy::stages {
namespace {

EvaluateOptions cast_options(const std::string& result) {
  EvaluateOptions out;
  out.common.threads = 2;
  out.result = cast_file(result);
  out.truth = cast_file("bruno_as_ada_truth.mp4");
  out.plate = cast_file("bruno.mp4");
  out.mask = cast_file("bruno_as_ada_truth.mask.mkv");
  return out;
}

Json evaluated(const EvaluateOptions& options) {
  QuietRun quiet;
  return Json::parse(evaluate(options, quiet.run).result);
}

ErrorCode error_of(const EvaluateOptions& options) {
  QuietRun quiet;
  try {
    evaluate(options, quiet.run);
  } catch (const Error& e) {
    return e.code();
  }
  return ErrorCode::kBug;
}

TEST(Evaluate, ThePlateScoresWhatIsKnownOfIt) {
  const Json json = evaluated(cast_options("bruno.mp4"));
  EXPECT_EQ(json["frames"], 60);
  EXPECT_NEAR(json["result"]["inside"]["psnr_db"], 19.455, 0.01);
  EXPECT_NEAR(json["result"]["inside"]["ssim"], 0.6933, 0.001);
  EXPECT_NEAR(json["likeness"]["result_to_truth"], 0.749, 0.001);
  EXPECT_NEAR(json["likeness"]["margin"], -0.251, 0.001);
  EXPECT_EQ(json["result"], json["plate"]);
  EXPECT_EQ(json["likeness"]["result_to_plate"], 1.0);
  EXPECT_GT(json["result"]["outside"]["psnr_db"], 30.0);
  EXPECT_EQ(json["worst"].size(), 5u);
  EXPECT_LE(json["worst"][0]["psnr_db"], json["worst"][1]["psnr_db"]);
}

TEST(Evaluate, TheTruthIsPerfect) {
  EvaluateOptions options = cast_options("bruno_as_ada_truth.mp4");
  options.common.frames.frames = FrameSet::parse("0-40x5");
  const Json json = evaluated(options);
  EXPECT_EQ(json["frames"], 9);
  EXPECT_EQ(json["result"]["inside"]["psnr_db"], 100.0);
  EXPECT_EQ(json["result"]["outside"]["ssim"], 1.0);
  EXPECT_NEAR(json["likeness"]["margin"], 0.25, 0.03);
  EXPECT_EQ(json["flicker_ratio"], 1.0);
}

TEST(Evaluate, WithoutAMaskWhatDiffersCounts) {
  EvaluateOptions options = cast_options("bruno.mp4");
  options.common.frames.frames = FrameSet::parse("0-50x10");
  options.mask.clear();
  const Json json = evaluated(options);
  EXPECT_NEAR(json["result"]["inside"]["psnr_db"], 19.4, 2.5);
  EXPECT_GT(json["result"]["outside"]["psnr_db"], 33.0);
}

TEST(Evaluate, ABlackMaskGivesNullsInside) {
  EvaluateOptions options = cast_options("bruno.mp4");
  options.common.frames.frames = FrameSet::parse("0-1");
  options.plate = options.truth;  // nothing differs
  options.mask.clear();
  const Json json = evaluated(options);
  EXPECT_TRUE(json["result"]["inside"]["psnr_db"].is_null());
  EXPECT_TRUE(json["likeness"]["margin"].is_null());
  EXPECT_TRUE(json["flicker_ratio"].is_null());
  EXPECT_TRUE(json["worst"].empty());
}

TEST(Evaluate, RefusesClipsThatDoNotGoTogether) {
  const Sample sample({.frames = 2, .size = 128});  // its crops are pictures of another size and number
  EvaluateOptions options = cast_options("bruno.mp4");
  options.truth = sample.shard();
  EXPECT_EQ(error_of(options), ErrorCode::kFormat);
  options = cast_options("nothing.mp4");
  EXPECT_EQ(error_of(options), ErrorCode::kInput);
  options = cast_options("bruno.truth.jsonl");
  EXPECT_EQ(error_of(options), ErrorCode::kInput);
}

}  // namespace
}  // namespace understudy::stages
