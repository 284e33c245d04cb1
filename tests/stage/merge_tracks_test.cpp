#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "stage/merge_sample.h"
#include "understudy/compose/color.h"
#include "understudy/compose/texture.h"
#include "understudy/stages/merge_quality.h"

namespace understudy::stages {
namespace {

struct Made {
  Json report;
  std::vector<media::Frame> frames, mattes;
};

Made make(const MergeOptions& options) {
  QuietRun quiet;
  merge(options, quiet.run);
  return {quiet.report.to_json(), read_frames(options.output, 60), read_frames(options.matte, 60)};
}

Error refusal_of(const MergeOptions& options) {
  QuietRun quiet;
  try {
    merge(options, quiet.run);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kBug, "");
}

int replaced(const media::Frame& matte) {
  return cv::countNonZero(matte.picture.plane(0));
}

/// From a frame's upper left, where the second face of a sample lies, or from the rest.
int replaced_there(const media::Frame& matte, bool second) {
  const cv::Mat all = matte.picture.plane(0);
  const int there = cv::countNonZero(all(cv::Rect(0, 0, 150, 150)));
  return second ? there : cv::countNonZero(all) - there;
}

bool same(const media::Frame& a, const media::Frame& b) {
  for (int p = 0; p < 3; ++p)
    if (cv::norm(a.picture.plane(p), b.picture.plane(p), cv::NORM_INF) != 0) return false;
  return true;
}

TEST(Bridge, FramesWithoutAFaceInsideATrackGetOne) {
  const Sample sample({.frames = 6, .size = 256, .without_face = 2, .frames_without = 2});
  MergeOptions options = sample.options();
  const Made made = make(options);
  EXPECT_EQ(made.report.at("frames_swapped"), 6);
  EXPECT_EQ(made.report.at("bridged"),
            Json::array({{{"frame", 2}, {"track", "000000_0"}}, {{"frame", 3}, {"track", "000000_0"}}}));
  for (const std::size_t i : {2u, 3u}) EXPECT_NEAR(replaced(made.mattes[i]), replaced(made.mattes[1]), 4000);
  // It lies between its neighbours: nearer to the truth there than the plate is.
  const auto truths = read_frames(Sample::truth(), 6), plates = read_frames(Sample::plate(), 6);
  const cv::Mat inside = made.mattes[2].picture.plane(0) > 250;
  EXPECT_LT(cv::norm(made.frames[2].picture.plane(0), truths[2].picture.plane(0), cv::NORM_L2, inside),
            0.7 * cv::norm(plates[2].picture.plane(0), truths[2].picture.plane(0), cv::NORM_L2, inside));
  options.common.frames.frames = FrameSet::parse("3");
  options.output = sample.folder() / "part.mkv";
  EXPECT_TRUE(same(make(options).frames.front(), made.frames[3]));
}

TEST(Bridge, ALongGapAndTheEndsStayEmpty) {
  for (const SampleOptions& gap :
       {SampleOptions{.frames = 6, .size = 128, .without_face = 1, .frames_without = 4},
        SampleOptions{.frames = 3, .size = 128, .without_face = 2},
        SampleOptions{.frames = 3, .size = 128, .without_face = 0}}) {
    const Sample sample(gap);
    const Made made = make(sample.options());
    EXPECT_EQ(made.report.at("bridged"), Json::array());
    EXPECT_EQ(replaced(made.mattes[static_cast<std::size_t>(gap.without_face)]), 0);
  }
}

TEST(Bridge, WhatWasRemovedByHandDoesNotComeBack) {
  const Sample sample({.frames = 4, .size = 128});
  fs::remove(sample.shard() / Sample::crop_name(1));
  fs::remove(sample.shard() / Sample::crop_name(2));
  const Made made = make(sample.options());
  EXPECT_EQ(made.report.at("bridged"), Json::array());
  EXPECT_EQ(made.report.at("faces"), 2);
}

TEST(Bridge, CanBeSwitchedOff) {
  const Sample sample({.frames = 3, .size = 128, .without_face = 1});
  MergeOptions options = sample.options();
  options.bridge = 0;
  EXPECT_EQ(replaced(make(options).mattes[1]), 0);
}

class Cast : public testing::Test {
 protected:
  MergeOptions options(const std::string& toml) {
    write_file(file_, toml);
    MergeOptions out = sample_.options();
    out.cast = file_;
    return out;
  }
  const Sample sample_{{.frames = 2, .size = 128, .second_face_shift = 20, .conversions = {"swap", "other"}}};
  fs::path file_ = sample_.folder() / "cast.toml";
};

TEST_F(Cast, EachTrackGetsItsConversion) {
  const Made all = make(options("[tracks]\n000000_1 = \"other\"\n"));
  EXPECT_GT(replaced_there(all.mattes[0], true), 100);
  EXPECT_GT(replaced_there(all.mattes[0], false), 20000);
  EXPECT_EQ(all.report.at("faces"), 4);
  EXPECT_EQ(all.report.at("not_swapped"), Json::array());
}

TEST_F(Cast, NoneLeavesATrackAsItIsAndSaysSo) {
  const Made made = make(options("default = \"other\"\n[tracks]\n000000_0 = \"none\"\n"));
  EXPECT_LT(replaced_there(made.mattes[0], false), 1000);
  EXPECT_EQ(made.report.at("faces"), 2);
  ASSERT_EQ(made.report.at("not_swapped").size(), 1u);
  EXPECT_EQ(made.report.at("not_swapped")[0].at("track"), "000000_0");
  EXPECT_EQ(made.report.at("not_swapped")[0].at("frames"), 2);
  EXPECT_EQ(made.report.at("failures"), Json::array());
  const Made by_default = make(options("default = \"none\"\n[tracks]\n000000_1 = \"swap\"\n"));
  EXPECT_EQ(by_default.report.at("faces"), 2);
}

TEST_F(Cast, MistakesAreNamed) {
  const auto refused = [&](const std::string& toml, ErrorCode code, const std::string& why) {
    const Error error = refusal_of(options(toml));
    EXPECT_EQ(error.code(), code) << toml;
    EXPECT_NE((error.message() + error.hint()).find(why), std::string::npos) << error.message();
  };
  refused("[tracks]\n000007_0 = \"swap\"", ErrorCode::kUsage, "000000_1");
  refused("[tracks]\n000000_0 = \"swop\"", ErrorCode::kInput, "swop");
  refused("[tracks]\n000000_0 = 3", ErrorCode::kFormat, "000000_0");
  refused("[track]\n000000_0 = \"swap\"", ErrorCode::kFormat, "'track'");
  refused("default = \"none\"", ErrorCode::kUsage, "nobody");
  refused("default =", ErrorCode::kFormat, "cast.toml");
  MergeOptions missing = sample_.options();
  missing.cast = sample_.folder() / "missing.toml";
  EXPECT_EQ(refusal_of(missing).code(), ErrorCode::kInput);
}

TEST(MergeTexture, APartComesOutAsInTheWholeWithAnyNumberOfThreads) {
  const Sample sample({.frames = 6, .size = 128});
  MergeOptions options = sample.options();
  options.look.textures = compose::texture_matches().names();
  options.look.color = "reinhard";
  options.steady_frames = 0.6;
  const Made whole = make(options);
  options.common.threads = 1;
  options.common.frames.frames = FrameSet::parse("3,4");
  options.output = sample.folder() / "part.mkv";
  const Made part = make(options);
  EXPECT_TRUE(same(part.frames[0], whole.frames[3]));
  EXPECT_TRUE(same(part.frames[1], whole.frames[4]));
  options.steady_frames = 0;
  const Made alone = make(options);
  EXPECT_FALSE(same(alone.frames[0], whole.frames[3]));
  options.common.seed = 5;
  EXPECT_FALSE(same(make(options).frames[0], alone.frames[0]));
}

TEST(MergeTexture, WhatWasMeasuredStandsInTheReport) {
  const Sample sample({.frames = 4, .size = 128});
  MergeOptions options = sample.options();
  options.look.textures = {"grain", "sharpness"};
  const Json track = make(options).report.at("tracks").at(0);
  EXPECT_EQ(track.at("track"), "000000_0");
  EXPECT_EQ(track.at("frames"), 4);
  // Crops of half the size are softer than the plate and have less grain.
  EXPECT_GT(track.at("texture").at("sharpness").at("medium_gain"), 1.05);
  EXPECT_GT(track.at("texture").at("grain").at("added_codes"), 0.5);
  EXPECT_FALSE(track.at("texture").contains("motion-blur"));
  for (const auto& measure : quality_measures()) EXPECT_TRUE(track.contains(measure.name)) << measure.name;
}

TEST(MergeTexture, ATrackThatMissesTheMeasuredFramesIsMeasuredAllTheSame) {
  // Of each eight frames the first is measured: frame 0, where nobody is, and 8, which is not there.
  const Sample sample({.frames = 4, .size = 128, .without_face = 0});
  MergeOptions options = sample.options();
  options.look.textures = {"grain"};
  options.steady_frames = 8;
  const Made whole = make(options);
  EXPECT_GT(whole.report.at("tracks").at(0).at("texture").at("grain").at("added_codes"), 0.5);
  options.common.frames.frames = FrameSet::parse("2");
  options.output = sample.folder() / "part.mkv";
  EXPECT_TRUE(same(make(options).frames.front(), whole.frames[2]));
}

TEST(Gate, ListsTheFramesAboveALimit) {
  const Sample sample({.frames = 5, .size = 256, .darker = 3});
  MergeOptions options = sample.options();
  options.look.blend = "raw";
  options.steady_frames = 0;
  const Json quiet = make(options).report;
  EXPECT_EQ(quiet.at("failures"), Json::array());
  const Json seam = quiet.at("tracks").at(0).at("seam");
  EXPECT_EQ(seam.at("worst_frame"), 3);
  const double between = (seam.at("mean").get<double>() + seam.at("worst").get<double>()) / 2;
  options.fail_above = {text("seam=", between), "jitter=50"};
  const Json failures = make(options).report.at("failures");
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].at("item"), "frame 3 face 0");
  options.fail_above = {"flicker=1.2"};
  EXPECT_GE(make(options).report.at("failures").size(),
            3u);  // one dark frame is a flicker of those around it
}

TEST(ColorAuto, ChoosesTheSmallestSeamForAnyPart) {
  const Sample sample({.frames = 4, .size = 128});
  MergeOptions options = sample.options();
  options.look.color = "auto";
  const Made whole = make(options);
  const Json seams = whole.report.at("color").at("seams");
  EXPECT_EQ(seams.size(), compose::color_matches().size());
  const std::string chosen = whole.report.at("color").at("chosen");
  for (const auto& [name, seam] : seams.items()) EXPECT_LE(seams.at(chosen), seam) << name;
  options.common.frames.frames = FrameSet::parse("2");
  options.output = sample.folder() / "part.mkv";
  EXPECT_TRUE(same(make(options).frames.front(), whole.frames[2]));
  options.look.color = chosen;
  EXPECT_TRUE(same(make(options).frames.front(), whole.frames[2]));
}

TEST(Gate, LimitsAreNamesWithNumbers) {
  EXPECT_EQ(quality_limits({"jitter=0.3", "seam=2"}),
            (std::map<std::string, double>{{"jitter", 0.3}, {"seam", 2}}));
  for (const char* wrong : {"jitter", "jitter=", "jitter=much", "jitter=-1", "jitter=1x", "blur=1", "=1", ""})
    EXPECT_THROW(quality_limits({wrong}), Error) << wrong;
}

TEST(Gate, AShakenFaceIsJitter) {
  // The places of the sample are the truth's own; every other one is moved.
  const Sample steady({.frames = 8, .size = 256}), shaken({.frames = 8, .size = 256, .shake = 1.5});
  const auto jitter = [](const Sample& sample) {
    return make(sample.options()).report.at("tracks").at(0).at("jitter").at("mean").get<double>();
  };
  EXPECT_GT(jitter(shaken), jitter(steady) + 0.5);
}

}  // namespace
}  // namespace understudy::stages
