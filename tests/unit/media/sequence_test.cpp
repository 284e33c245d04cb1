#include <gmock/gmock.h>

#include <fstream>

#include "understudy/media/sequence_path.h"
#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using SequenceTest = MediaTest;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Picture> write_pictures(const std::string& to, const std::string& codec,
                                    const PictureFormat& format, const std::vector<std::int64_t>& numbers) {
  SinkOptions options;
  options.codec = codec;
  options.threads = 2;
  SourceInfo like = made_up(format, 0);
  like.frames = numbers;
  like.is_sequence = true;
  const auto sink = open_sink(to, like, options);
  std::vector<Picture> pictures;
  for (const std::int64_t number : numbers) {
    pictures.push_back(noise_picture(format, static_cast<int>(number)));
    if (format.sample == PictureFormat::Sample::kHalf)  // multiples of 1/8 below 20 are exact in half
      for (int i = 0; i < format.plane_count(); ++i) {
        cv::Mat eighths;
        pictures.back().plane(i).convertTo(eighths, CV_32S, 8);
        eighths.convertTo(pictures.back().plane(i), CV_32F, 1.0 / 8);
      }
    sink->write({number, {}, 0, pictures.back()});
  }
  sink->finish();
  return pictures;
}

PictureFormat float_format(PictureFormat::Sample sample, bool alpha) {
  PictureFormat format = rgb_format(40, 30, 16, alpha);
  format.sample = sample;
  format.premultiplied = alpha;
  return format;
}

TEST_F(SequenceTest, RoundTripsAreExact) {
  using Sample = PictureFormat::Sample;
  const std::vector<std::pair<std::string, PictureFormat>> cases{
      {"png", rgb_format(40, 30, 8)},
      {"png", rgb_format(40, 30, 16)},
      {"png", rgb_format(41, 31, 16, true)},
      {"png", grey_format(40, 30, 8)},
      {"png", grey_format(40, 30, 16)},
      {"tiff", rgb_format(40, 30, 8)},
      {"tiff", rgb_format(40, 30, 16, true)},
      {"tiff", float_format(Sample::kFloat, false)},
      {"tiff", grey_format(40, 30, 16)},
      {"exr", float_format(Sample::kHalf, false)},
      {"exr", float_format(Sample::kHalf, true)},
      {"exr", float_format(Sample::kFloat, true)},
      {"dpx", rgb_format(40, 30, 8)},
      {"dpx", rgb_format(40, 30, 10)},
      {"dpx", rgb_format(40, 30, 12)},
      {"dpx", rgb_format(40, 30, 16)}};
  int run = 0;
  for (const auto& [codec, format] : cases) {
    const std::string to = path(text(codec, run++));
    const std::vector<Picture> written = write_pictures(to, codec, format, {1001, 1002, 1005});
    const auto source = open_source(to, 2);
    EXPECT_THAT(source->info().frames, ElementsAre(1001, 1002, 1005));
    const std::vector<Frame> read = all_frames(*source);
    ASSERT_EQ(read.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(same_samples(written[i], read[i].picture))
          << codec << " " << format.describe() << " came back as " << read[i].picture.format().describe();
      EXPECT_FALSE(read[i].pts.has_value());
    }
  }
}

TEST_F(SequenceTest, EverySequenceCodecTakesVideoFrames) {
  for (const auto& [name, description, codec] : codecs()) {
    if (!codec.is_sequence) continue;
    const PictureFormat format = yuv_format(40, 30, 1, 1, 8);
    const std::vector<Picture> written = write_pictures(path(name), name, format, {0, 1});
    const std::vector<Frame> read = all_frames(path(name));
    ASSERT_EQ(read.size(), 2U) << name;
    EXPECT_LE(cv::norm(written[1].bgr8(), read[1].picture.bgr8(), cv::NORM_INF), 1) << name;
  }
}

TEST_F(SequenceTest, VideosCanBeMadeFromPictures) {
  write_pictures(path("in"), "png", rgb_format(64, 48, 8), {10, 11, 13});
  SinkOptions options;
  options.frame_rate = {24, 1};
  transcode(path("in"), path("out.mp4"), options);
  const auto source = open_source(path("out.mp4"), 1);
  EXPECT_EQ(source->info().format.matrix, 1);
  EXPECT_EQ(source->info().format.chroma_shift_y, 1);
  const std::vector<Frame> frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 3U);
  const double tick = source->info().time_base.value();
  EXPECT_NEAR(static_cast<double>(*frames[2].pts - *frames[0].pts) * tick, 3.0 / 24, 1e-6);
}

TEST_F(SequenceTest, AttributesOfThePlateGoAlong) {
  write_pictures(path("in"), "exr", float_format(PictureFormat::Sample::kHalf, false), {7});
  ASSERT_EQ(std::system(("oiiotool " + path("in") +
                         "/000007.exr --attrib shot ab_010 --attrib:type=rational FramesPerSecond "
                         "24000/1001 --origin +3+4 --fullsize 60x50+0+0 -o " +
                         path("in") + "/000007.exr")
                            .c_str()),
            0);
  SinkOptions options;
  options.codec = "exr";
  options.copy_streams_from = path("in");
  options.metadata = {{"made_with", "Understudy"}};
  transcode(path("in"), path("out"), options);
  const std::string facts = output_of("oiiotool --info -v " + path("out") + "/000007.exr");
  EXPECT_THAT(facts, HasSubstr("ab_010"));
  EXPECT_THAT(facts, HasSubstr("24000/1001"));
  EXPECT_THAT(facts, HasSubstr("made_with"));
  EXPECT_THAT(facts, HasSubstr("x=3, y=4"));
  EXPECT_EQ(open_source(path("in"), 1)->info().frame_rate->num, 24000);
}

TEST_F(SequenceTest, NamesAndPatterns) {
  struct Case {
    const char* name;
    std::int64_t number;
    const char* expected;
  };
  for (const auto& [name, number, expected] :
       std::vector<Case>{{"plate.%04d.exr", 7, "plate.0007.exr"},
                         {"plate.%d.exr", 7, "plate.7.exr"},
                         {"plate.####.exr", 12345, "plate.12345.exr"},
                         {"plate.#.exr", 7, "plate.0007.exr"},
                         {"plate.@@@.exr", 7, "plate.007.exr"},
                         {"plate.@.exr", -7, "plate.-7.exr"},
                         {"plate.1001-1100#.exr", 1001, "plate.1001.exr"},
                         {"1-9x2,11#", 3, "0003"},
                         {"v2,-5@.exr", 3, "v2,-53.exr"},
                         {"v2#.exr", 3, "v20003.exr"},
                         {"100%_%d.png", 3, "100%_3.png"},
                         {"%0d.%05d", 3, "%0d.00003"}}) {
    const auto pattern = SequencePattern::parse(std::filesystem::path("shots") / name);
    ASSERT_TRUE(pattern.has_value()) << name;
    EXPECT_EQ(pattern->path_of(number), std::filesystem::path("shots") / expected);
    EXPECT_EQ(pattern->number_in(expected), number);
  }
  EXPECT_TRUE(SequencePattern::parse("p.1001-1100#.exr")->frames->contains(1050));
  EXPECT_FALSE(SequencePattern::parse("p.1001-1100#.exr")->frames->contains(1101));
  EXPECT_FALSE(SequencePattern::parse("plate.mp4").has_value());
  for (const char* name : {"plate.mp4", "", "%", "%0", "100%", "%x", "%5d", "1-100", "a%04"})
    EXPECT_FALSE(SequencePattern::parse(name).has_value()) << name;
  for (const char* name : {"a.##.b.##.png", "%d%d", "#@", "v2-1-9#", "a-%02d-#"})
    EXPECT_EQ(error_of([&] { SequencePattern::parse(name); }).code(), ErrorCode::kUsage) << name;
  std::string endless;
  for (int i = 0; i < 100'000; ++i) endless += "1-";
  EXPECT_EQ(error_of([&] { SequencePattern::parse(endless + "9#.png"); }).code(), ErrorCode::kUsage);
  EXPECT_TRUE(SequencePattern::parse(std::string(1 << 20, '7') + "#").has_value());
}

TEST_F(SequenceTest, PatternsChooseTheirPictures) {
  write_pictures(path("plate.####.png"), "png", rgb_format(8, 8, 8), {1, 2, 10000});
  write_pictures(path("other.####.png"), "png", rgb_format(8, 8, 8), {5});
  EXPECT_THAT(open_source(path("plate.####.png"), 1)->info().frames, ElementsAre(1, 2, 10000));
  EXPECT_THAT(open_source(path("plate.%04d.png"), 1)->info().frames, ElementsAre(1, 2, 10000));
  EXPECT_THAT(open_source(path("plate.0002.png"), 1)->info().frames, ElementsAre(2));
  const auto ranged = open_source(path("plate.1-3#.png"), 1);
  EXPECT_THAT(ranged->info().frames, ElementsAre(1, 2, 3));
  EXPECT_EQ(ranged->next()->number, 1);
  EXPECT_EQ(ranged->next()->number, 2);
  EXPECT_THROW(ranged->next(), BadFrame);
  EXPECT_FALSE(ranged->next().has_value());
}

TEST_F(SequenceTest, NamesWithoutNumbersCountFromZero) {
  write_pictures(path("x"), "png", rgb_format(8, 8, 8), {1, 2});
  std::filesystem::rename(path("x/000001.png"), path("x/beta.png"));
  std::filesystem::rename(path("x/000002.png"), path("x/alpha.png"));
  std::ofstream(path("x/notes.txt")) << "not a picture";
  std::ofstream(path("x/.tmp-1.png")) << "not yet a picture";
  EXPECT_THAT(open_source(path("x"), 1)->info().frames, ElementsAre(0, 1));
}

TEST_F(SequenceTest, ABrokenPictureIsOneBadFrame) {
  write_pictures(path("x"), "png", rgb_format(64, 64, 8), {1, 2, 3, 4});
  std::ofstream(path("x/000002.png")) << "not a picture";
  std::filesystem::resize_file(path("x/000003.png"), 3000);
  const auto source = open_source(path("x"), 2);
  EXPECT_EQ(source->next()->number, 1);
  for (const std::int64_t number : {2, 3}) {
    try {
      source->next();
      ADD_FAILURE() << "frame " << number << " was delivered";
    } catch (const BadFrame& bad) {
      EXPECT_EQ(bad.number(), number);
      EXPECT_EQ(bad.code(), ErrorCode::kInput);
    }
  }
  EXPECT_EQ(source->next()->number, 4);
  EXPECT_FALSE(source->next().has_value());
}

TEST_F(SequenceTest, FoldersThatMakeNoSense) {
  std::filesystem::create_directories(path("empty"));
  EXPECT_EQ(error_of([&] { open_source(path("empty"), 1); }).code(), ErrorCode::kInput);
  EXPECT_EQ(error_of([&] { open_source(path("none.####.png"), 1); }).code(), ErrorCode::kInput);
  EXPECT_EQ(error_of([&] { open_source(path("no/such/none.####.png"), 1); }).code(), ErrorCode::kInput);

  write_pictures(path("mixed"), "png", rgb_format(8, 8, 8), {1});
  write_pictures(path("mixed"), "png", rgb_format(9, 8, 8), {2});
  const Error mixed = error_of([&] { open_source(path("mixed"), 1); });
  EXPECT_EQ(mixed.code(), ErrorCode::kFormat);
  EXPECT_THAT(mixed.message(), HasSubstr("000002.png is 9x8"));

  write_pictures(path("twins"), "png", rgb_format(8, 8, 8), {1});
  write_pictures(path("twins"), "tiff", rgb_format(8, 8, 8), {1});
  EXPECT_THAT(error_of([&] { open_source(path("twins"), 1); }).message(), HasSubstr("frame number 1"));
  std::ofstream(path("text.png")) << "text";
  EXPECT_EQ(error_of([&] { open_source(path("text.png"), 1); }).code(), ErrorCode::kInput);
}

}  // namespace
}  // namespace understudy::media
