#include "understudy/stages/merge_label.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "merge_sample.h"
#include "understudy/stages/letters.h"

namespace understudy::stages {
namespace {

provenance::ConsentSummary summary_of(const std::string& basis, bool label_required = false) {
  provenance::ConsentSummary out;
  out.id = "123e4567-e89b-42d3-a456-426614174000";
  out.subject = "ada";
  out.basis = basis;
  out.label_required = label_required;
  return out;
}

std::string words_of(const std::optional<LabelChoice>& choice) {
  return choice ? choice->words : "none";
}

TEST(MergeLabel, ProfilesSayWhenThereIsOne) {
  const std::vector<provenance::ConsentSummary> anybody = {summary_of("consent")};
  for (const auto& profile : delivery_profiles())
    EXPECT_EQ(choose_label("", profile.value, anybody).has_value(), profile.name != "film") << profile.name;
  const DeliveryProfile education = read_profile("education");
  EXPECT_TRUE(words_of(choose_label("", education, anybody)).starts_with("Reconstruction"));
  EXPECT_EQ(words_of(choose_label("none", education, anybody)), "none");
  EXPECT_EQ(words_of(choose_label("Made with AI", education, anybody)), "Made with AI");
  EXPECT_THROW(choose_label("none", read_profile("test"), anybody), Error);
  EXPECT_EQ(education.uses, std::vector<std::string>{"education"});
}

TEST(MergeLabel, RecordsMayDemandOne) {
  const DeliveryProfile film = read_profile("film");
  const std::vector<provenance::ConsentSummary> test = {summary_of("internal-test")};
  EXPECT_EQ(words_of(choose_label("", film, test)), "TEST - not for delivery");
  EXPECT_EQ(words_of(choose_label("take 3", film, test)), "TEST - not for delivery: take 3");
  EXPECT_THROW(choose_label("none", film, test), Error);
  const std::vector<provenance::ConsentSummary> wary = {summary_of("consent", true)};
  EXPECT_EQ(words_of(choose_label("", film, wary)), film.label_text);
  EXPECT_THROW(choose_label("none", film, wary), Error);
}

TEST(MergeLabel, WordsThatCannotBeDrawnAndMissingPicturesAreRefused) {
  const std::vector<provenance::ConsentSummary> anybody = {summary_of("consent")};
  const DeliveryProfile film = read_profile("film");
  for (const auto& [words, why] : {std::pair{"\u6620\u753b", "has no '\u6620' (U+6620)"},
                                   {"\u0635\u0648\u0631\u0629", "'\u0635' (U+0635) is of a script"},
                                   {"caf\xe9", "not UTF-8"},
                                   {"two\nlines", "control characters"}}) {
    try {
      choose_label(words, film, anybody);
      ADD_FAILURE() << "nothing was thrown for " << words;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kUsage);
      EXPECT_NE(e.message().find(why), std::string::npos) << e.message();
    }
  }
  EXPECT_THROW(choose_label("/nowhere/label.png", film, anybody), Error);
  EXPECT_THROW(choose_label("words", film, anybody, "/nowhere/font.ttf"), Error);
  EXPECT_THROW(choose_label("words", film, anybody, cast_file("bruno.mp4")), Error);
}

TEST(MergeLabel, EuropesLettersAreDrawn) {
  const Letters letters({});
  const auto ink_of = [&](const std::string& words) {
    cv::Mat ink = cv::Mat::zeros(60, 600, CV_8UC1);
    letters.require(words);
    letters.draw(words, 20, {10, 40}, ink);
    return ink;
  };
  for (const std::string words : {"Nachgestellt für Zürich", "Reconstruction générée", "Реконструкция",
                                  "Ανακατασκευή", "Öğrenci ş", "Příliš žluťoučký"}) {
    const cv::Rect box = cv::boundingRect(ink_of(words));
    EXPECT_NEAR(box.width, letters.width_of(words, 20), 4) << words;
    EXPECT_GT(box.height, 14) << words;
  }
  EXPECT_GT(cv::norm(ink_of("u"), ink_of("\u00fc"), cv::NORM_L1), 0) << "the dots are there";
  const cv::Rect capital = cv::boundingRect(ink_of("H"));
  EXPECT_NEAR(capital.height, 20, 1);
  EXPECT_EQ(capital.y + capital.height, 40) << "it stands on the line";
}

media::SourceInfo plate_of(int width, int height, int bits) {
  media::SourceInfo info;
  info.format.width = width;
  info.format.height = height;
  info.format.model = media::PictureFormat::Model::kYuv;
  info.format.chroma_shift_x = info.format.chroma_shift_y = 1;
  info.format.bits = bits;
  info.format.sample = bits == 8 ? media::PictureFormat::Sample::kU8 : media::PictureFormat::Sample::kU16;
  info.format.full_range = false;
  info.frame_rate = media::Rational{25, 1};
  return info;
}

TEST(MergeLabel, StandsInTheTitleSafeAreaAtAnySizeAndDepth) {
  for (const auto& [width, height] :
       {std::pair{160, 120}, std::pair{480, 480}, std::pair{1080, 1920}, std::pair{3840, 2160}}) {
    for (const int bits : {8, 10}) {
      const media::SourceInfo info = plate_of(width, height, bits);
      const LabelPainter painter({"Reconstruction - face generated with AI", {}, 0}, info, {}, 0);
      media::Picture picture(info.format);
      for (int p = 0; p < 3; ++p) picture.plane(p).setTo(128 << (bits - 8));
      const media::Picture before = picture.clone();
      painter.paint(picture, 7);
      const Json box = painter.record()["box"];
      const cv::Rect place(box[0], box[1], box[2], box[3]);
      EXPECT_GE(place.x, width / 20);
      EXPECT_GE(place.y, height / 20);
      EXPECT_LE(place.br().x, width - width / 20 + 8);
      EXPECT_LE(place.br().y, height - height / 20 + 8);
      EXPECT_EQ(place.x % 2 + place.y % 2 + place.width % 2 + place.height % 2, 0);
      cv::Mat changed = picture.plane(0) != before.plane(0);
      EXPECT_EQ(cv::countNonZero(changed), cv::countNonZero(changed(place)));
      // Bright letters on a dark ground, legible whatever lies below.
      double darkest = 0, brightest = 0;
      cv::minMaxLoc(picture.plane(0)(place), &darkest, &brightest);
      EXPECT_GT(brightest, 190 << (bits - 8)) << width;
      EXPECT_LT(darkest, 80 << (bits - 8)) << width;
    }
  }
}

TEST(MergeLabel, EndsWhenTheProfileSays) {
  const LabelPainter painter({"A", {}, 2}, plate_of(320, 240, 8), {}, 100);
  EXPECT_EQ(painter.record()["last_frame"], 149);
  media::Picture picture(plate_of(320, 240, 8).format);
  const media::Picture before = picture.clone();
  painter.paint(picture, 150);
  EXPECT_EQ(cv::countNonZero(picture.plane(0) != before.plane(0)), 0);
  painter.paint(picture, 149);
  EXPECT_GT(cv::countNonZero(picture.plane(0) != before.plane(0)), 0);
}

TEST(MergeLabel, APictureIsLaidOverByItsAlpha) {
  const TemporaryFolder folder;
  cv::Mat mark(40, 80, CV_8UC4, cv::Scalar(255, 255, 255, 0));
  mark(cv::Rect(0, 0, 40, 40)).setTo(cv::Scalar(255, 255, 255, 255));
  cv::imwrite((folder.path() / "mark.png").string(), mark);
  const media::SourceInfo info = plate_of(640, 480, 8);
  const LabelPainter painter({"", folder.path() / "mark.png", 0}, info, {}, 0);
  media::Picture picture(info.format);
  painter.paint(picture, 0);
  const Json box = painter.record()["box"];
  EXPECT_EQ(box[3], 72);  // 15 % of the shorter side
  EXPECT_EQ(picture.plane(0).at<std::uint8_t>(box[1].get<int>() + 30, box[0].get<int>() + 30), 235);
  EXPECT_EQ(picture.plane(0).at<std::uint8_t>(box[1].get<int>() + 30, box[0].get<int>() + 120), 0);
  write_file(folder.path() / "broken.png", "no picture");
  EXPECT_THROW(LabelPainter({"", folder.path() / "broken.png", 0}, info, {}, 0), Error);
}

TEST(MergeLabel, IsBurntInAndReported) {
  const Sample sample({.frames = 2});
  MergeOptions options = sample.options();
  options.delivery.profile = "education";
  QuietRun plain, labelled;
  merge(sample.options(), plain.run);
  EXPECT_TRUE(plain.report.details["label"].is_null());
  const auto without = read_frames(options.output, 2);
  merge(options, labelled.run);
  const Json label = labelled.report.details["label"];
  EXPECT_EQ(label["words"], read_profile("education").label_text);
  const auto with = read_frames(options.output, 2);
  const cv::Rect place(label["box"][0], label["box"][1], label["box"][2], label["box"][3]);
  for (std::size_t i = 0; i < 2; ++i) {
    const cv::Mat changed = with[i].picture.plane(0) != without[i].picture.plane(0);
    EXPECT_GT(cv::countNonZero(changed), place.area() / 2);
    EXPECT_EQ(cv::countNonZero(changed), cv::countNonZero(changed(place)));
  }
}

TEST(MergeLabel, ThatIsShownForAWhileBeginsWithTheDeliveryNotWithEachPartOfIt) {
  const Sample sample({.frames = 4});
  const TemporaryFolder folder;
  const fs::path profile = folder.path() / "short.toml";
  write_file(profile,
             "description = \"two frames\"\nlabel = true\nlabel_always = false\nlabel_text = \"AI\"\n"
             "label_seconds = 0.05\nuses = []\n");
  MergeOptions options = sample.options();
  QuietRun plain, second_part, first_part;
  merge(options, plain.run);
  const auto without = read_frames(options.output, 4);
  options.delivery.profile = profile.string();
  const auto part = [&](std::int64_t index, QuietRun& run) {
    options.common.frames.chunk = FrameSelection::Chunk{index, 2};
    options.output = sample.folder() / (std::to_string(index) + ".mkv");
    merge(options, run.run);
    EXPECT_EQ(run.report.details["label"]["first_frame"], 0);
    EXPECT_EQ(run.report.details["label"]["last_frame"], 1);
    return read_frames(options.output, 2);
  };
  const auto shown = part(1, first_part), over = part(2, second_part);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_GT(cv::countNonZero(shown[i].picture.plane(0) != without[i].picture.plane(0)), 0);
    EXPECT_EQ(cv::countNonZero(over[i].picture.plane(0) != without[i + 2].picture.plane(0)), 0);
  }
}

}  // namespace
}  // namespace understudy::stages
