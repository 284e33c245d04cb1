#include "understudy/stages/merge_shot.h"

#include <gtest/gtest.h>

#include "stage/merge_sample.h"

namespace understudy::stages {
namespace {

class ShotFile : public testing::Test {
 protected:
  Shot shot(const std::string& toml) {
    write_file(file(), toml);
    return Shot(MergeLook{}, file());
  }
  fs::path file() const { return folder_.path() / "shot.toml"; }
  void refused(const std::string& toml, const std::string& why) {
    try {
      shot(toml);
      ADD_FAILURE() << toml;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat) << toml;
      EXPECT_NE((e.message() + e.hint()).find(why), std::string::npos) << e.message();
      EXPECT_NE(e.message().find(file().string()), std::string::npos) << e.message();
    }
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ShotFile, NumbersChangeLinearlyAndStayBeyondTheirFrames) {
  const Shot made = shot("[erode]\n1001 = 0.0\n1011 = 0.1\n998 = 0.06\n");
  const auto erode = [&](std::int64_t frame) { return made.at(frame).mask_shape.erode; };
  EXPECT_DOUBLE_EQ(erode(1), 0.06);
  EXPECT_DOUBLE_EQ(erode(998), 0.06);
  EXPECT_NEAR(erode(999), 0.04, 1e-12);
  EXPECT_DOUBLE_EQ(erode(1001), 0.0);
  EXPECT_NEAR(erode(1004), 0.03, 1e-12);
  EXPECT_DOUBLE_EQ(erode(5000), 0.1);
}

TEST_F(ShotFile, FramesMayBeAsFarApartAsNumbersGo) {
  constexpr std::int64_t kFirst = INT64_MIN, kLast = INT64_MAX;
  const Shot far = shot(text("[erode]\n", kFirst, " = 0.0\n", kLast, " = 0.1\n"));
  EXPECT_NEAR(far.at(0).mask_shape.erode, 0.05, 1e-9);
  const Shot near = shot(text("[erode]\n", kLast - 2, " = 0.0\n", kLast, " = 0.1\n"));
  EXPECT_NEAR(near.at(kLast - 1).mask_shape.erode, 0.05, 1e-9);
}

TEST_F(ShotFile, NumbersMayBeHeldAndWordsAre) {
  const Shot made = shot(
      "[blur]\nhold = true\n10 = 0.01\n20 = 0.05\n[blend]\n10 = \"feather\"\n15 = \"laplacian\"\n"
      "[keep]\n0 = []\n12 = [\"eyes\", \"mouth\"]\n18 = \"brows\"\n");
  EXPECT_DOUBLE_EQ(made.at(19).mask_shape.blur, 0.01);
  EXPECT_DOUBLE_EQ(made.at(20).mask_shape.blur, 0.05);
  EXPECT_EQ(made.at(14).blend, "feather");
  EXPECT_EQ(made.at(15).blend, "laplacian");
  EXPECT_TRUE(made.at(11).keep.empty());
  EXPECT_EQ(made.at(12).keep, (std::vector<std::string>{"eyes", "mouth"}));
  EXPECT_EQ(made.at(18).keep, std::vector<std::string>{"brows"});
}

TEST_F(ShotFile, OneValueIsForAllFramesAndTheRestIsAsGiven) {
  MergeLook look;
  look.mask_shape.blur = 0.2;
  look.mask = "hull";
  write_file(file(), "color = \"mkl\"\ntexture = [\"grain\"]\nerode-left = -0.1\n");
  const Shot made(look, file());
  for (const std::int64_t frame : {-5, 0, 100000}) {
    EXPECT_EQ(made.at(frame).color, "mkl");
    EXPECT_EQ(made.at(frame).textures, std::vector<std::string>{"grain"});
    EXPECT_EQ(made.at(frame).mask, "hull");
    EXPECT_DOUBLE_EQ(made.at(frame).mask_shape.left, -0.1);
    EXPECT_DOUBLE_EQ(made.at(frame).mask_shape.blur, 0.2);
  }
}

TEST_F(ShotFile, EveryNumberOfALookCanChange) {
  for (const auto& number : look_numbers()) {
    const Shot made =
        shot(text("[", number.name, "]\n0 = ", number.value.least, "\n10 = ", number.value.most));
    MergeLook look = made.at(5);
    EXPECT_NEAR(number.value.of(look), (number.value.least + number.value.most) / 2, 1e-9) << number.name;
    refused(text(number.name, " = ", number.value.most + 0.01), "was expected");
  }
}

TEST_F(ShotFile, MistakesAreNamed) {
  refused("erod = 0.1", "'erod'");
  refused("erod = 0.1", "erode-left");
  refused("codec = \"prores\"", "'codec'");
  refused("[erode]\nsoon = 0.1", "'soon'");
  refused("[erode]\n1 = \"much\"", "erode");
  refused("[erode]\nhold = true", "at least one frame");
  refused("[erode]\nhold = 1\n1 = 0.1", "erode");
  refused("[blend]\n5 = \"fether\"", "'fether'");
  refused("keep = [\"nose\"]", "'nose'");
  refused("erode = ", "1");
  EXPECT_THROW(Shot(MergeLook{}, file() / "missing.toml"), Error);
}

TEST_F(ShotFile, TellsWhatIsUsedAnywhere) {
  const Shot made = shot("[texture]\n0 = []\n30 = [\"grain\"]\n");
  const auto has = [](const char* name) {
    return [name](const MergeLook& look) { return std::ranges::count(look.textures, name) > 0; };
  };
  EXPECT_TRUE(made.uses(has("grain")));
  EXPECT_FALSE(made.uses(has("sharpness")));
}

TEST_F(ShotFile, FramesComeOutAsWithTheirOwnOptions) {
  const Sample sample({.frames = 4, .size = 256});
  write_file(file(),
             "[mask]\n0 = \"hull\"\n2 = \"predicted\"\n[color]\n0 = \"none\"\n3 = \"reinhard\"\n"
             "[erode]\n0 = 0.0\n3 = 0.06\n");
  MergeOptions options = sample.options();
  options.shot = file();
  options.steady_frames = 0;
  QuietRun quiet;
  merge(options, quiet.run);
  const auto changing = read_frames(options.output, 4);
  options.shot.clear();
  for (std::size_t i = 0; i < 4; ++i) {
    options.look = Shot(sample.options().look, file()).at(static_cast<std::int64_t>(i));
    options.output = sample.folder() / "alone.mkv";
    options.common.frames.frames = FrameSet::parse(text(i));
    QuietRun alone;
    merge(options, alone.run);
    const auto frames = read_frames(options.output, 1);
    for (int p = 0; p < 3; ++p)
      EXPECT_EQ(cv::norm(changing[i].picture.plane(p), frames.front().picture.plane(p), cv::NORM_INF), 0)
          << i;
  }
}

}  // namespace
}  // namespace understudy::stages
