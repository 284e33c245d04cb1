#include <opencv2/imgproc.hpp>

#include "stage/merge_sample.h"
#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/dataset/png.h"
#include "understudy/media/metadata.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/merge_digests.h"
#include "understudy/stages/merge_sheet.h"
#include "understudy/stages/merge_wipe.h"

namespace understudy::stages {
namespace {

Outcome run_review(const MergeOptions& options, Json* report = nullptr) {
  QuietRun quiet;
  Outcome outcome = merge(options, quiet.run);
  if (report) *report = quiet.report.to_json();
  return outcome;
}

MergeOptions preview_of(const Sample& sample, std::vector<std::int64_t> frames) {
  MergeOptions options = sample.options();
  options.common.frames = {};
  options.output = sample.folder() / "sheet.png";
  options.matte.clear();
  options.codec.clear();
  options.preview = std::move(frames);
  return options;
}

cv::Mat sheet_of(const MergeOptions& options) {
  run_review(options);
  return dataset::decode_png(read_file(options.output), "sheet");
}

constexpr int kRow = kSheetLabel + kSheetCell + kSheetGap;

int rows_for(std::size_t cells) {
  return (static_cast<int>(cells) + kSheetColumns - 1) / kSheetColumns;
}

int block_height() {
  return kSheetHeading +
         kRow * (1 + rows_for(compose::color_matches().size()) + rows_for(compose::blend_modes().size()));
}

/// The picture of the `index`-th cell behind `row` rows of the first block.
cv::Mat cell(const cv::Mat& sheet, int row, std::size_t index) {
  const int i = static_cast<int>(index);
  return sheet({kSheetGap + i % kSheetColumns * (kSheetCell + kSheetGap),
                kSheetHeading + (row + i / kSheetColumns) * kRow + kSheetLabel, kSheetCell, kSheetCell});
}

constexpr std::size_t kResult = 4;

template <class Value>
std::size_t index_of(const Table<Value>& table, const std::string& name) {
  const auto names = table.names();
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

TEST(MergePreview, ShowsEveryColourMatchAndBlendMode) {
  const Sample sample({.frames = 4, .size = 128});
  MergeOptions options = preview_of(sample, {2, 0});
  options.look.color = "reinhard";
  options.look.blend = "laplacian";
  const cv::Mat sheet = sheet_of(options);
  EXPECT_EQ(sheet.rows, 2 * block_height());
  const cv::Mat result = cell(sheet, 0, kResult);
  const auto& matches = compose::color_matches();
  for (std::size_t i = 0; i < matches.size(); ++i)
    EXPECT_EQ(cv::norm(cell(sheet, 1, i), result, cv::NORM_INF) == 0,
              matches.names()[i] == options.look.color)
        << matches.names()[i];
  const int first_blend = 1 + rows_for(matches.size());
  const auto& modes = compose::blend_modes();
  for (std::size_t i = 0; i < modes.size(); ++i)
    EXPECT_EQ(cv::norm(cell(sheet, first_blend, i), result, cv::NORM_INF) == 0,
              modes.names()[i] == options.look.blend)
        << modes.names()[i];
  // What another choice would give is what it gives when it is chosen.
  options.look.color = "none";
  const cv::Mat other = sheet_of(options);
  EXPECT_EQ(cv::norm(cell(other, 0, kResult), cell(sheet, 1, index_of(matches, "none")), cv::NORM_INF), 0);
}

TEST(MergePreview, SteadiesColoursAsAMergeDoes) {
  const Sample sample({.frames = 9, .size = 128, .darker = 4});
  MergeOptions options = preview_of(sample, {4});
  options.look.color = "none";
  options.steady_frames = 2;
  const std::size_t reinhard = index_of(compose::color_matches(), "reinhard");
  const cv::Mat steady = cell(sheet_of(options), 1, reinhard).clone();
  options.steady_frames = 0;
  const cv::Mat alone = cell(sheet_of(options), 1, reinhard).clone();
  // The match of the frame alone makes up for its dark crop; the steadied one does not.
  EXPECT_GT(cv::mean(alone)[1], cv::mean(steady)[1] + 3);
}

TEST(MergePreview, ABlockForEachFace) {
  const Sample sample({.frames = 2, .size = 128, .second_face_shift = 30});
  Json report;
  const MergeOptions options = preview_of(sample, {1});
  const Outcome outcome = run_review(options, &report);
  EXPECT_EQ(outcome.written, std::vector<fs::path>{options.output});
  EXPECT_EQ(report.at("faces"), 2);
  EXPECT_EQ(dataset::decode_png(read_file(options.output), "sheet").rows, 2 * block_height());
  EXPECT_TRUE(provenance::find_marking(media::read_metadata(options.output)));
}

TEST(MergePreview, AFrameWithoutAFaceIsShownAsItIs) {
  const Sample sample({.frames = 2, .size = 128, .without_face = 1});
  EXPECT_EQ(sheet_of(preview_of(sample, {1})).rows, kSheetHeading + kRow);
}

TEST(MergePreview, IsNeverHigherThanViewersShow) {
  const Sample sample({.frames = 5, .size = 128, .second_face_shift = 30});
  EXPECT_EQ(sheet_of(preview_of(sample, {0, 1, 2, 3, 4})).rows,
            static_cast<int>(kSheetBlocks) * block_height());
  EXPECT_LT(static_cast<int>(kSheetBlocks) * block_height(), 1 << 14);
}

TEST(MergePreview, RefusesWhatDoesNotFit) {
  const Sample sample({.frames = 1, .size = 128});
  std::string message;
  EXPECT_EQ(error_of(preview_of(sample, {0, 99}), &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("no frame 99"), std::string::npos) << message;
  MergeOptions options = preview_of(sample, {0});
  options.output = sample.folder() / "sheet.mp4";
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  for (const auto place : {&MergeOptions::matte, &MergeOptions::elements, &MergeOptions::wipe}) {
    options = preview_of(sample, {0});
    options.*place = sample.folder() / "more.mkv";
    EXPECT_EQ(error_of(options), ErrorCode::kUsage);
    EXPECT_FALSE(fs::exists(options.*place));
  }
  options = preview_of(sample, {0});
  options.common.frames.frames = FrameSet::parse("0");
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  options = preview_of(sample, {0});
  options.output = sample.folder() / "nowhere" / "sheet.png";
  EXPECT_EQ(error_of(options), ErrorCode::kResource);
}

TEST(MergeWipe, ThePlateIsLeftOfTheLineAndTheResultRight) {
  const media::Picture plate = read_frames(Sample::plate(), 1).front().picture;
  const media::Picture merged = read_frames(Sample::truth(), 1).front().picture;
  const media::Picture out = wiped(plate, merged, 0.5, "frame 7");
  ASSERT_TRUE(out.format().same_layout(plate.format()));
  const auto part = [](const media::Picture& picture, int plane, int from, int to) {
    const int shift = plane > 0 ? 1 : 0;
    return picture.plane(plane)(cv::Range(50 >> shift, 440 >> shift), cv::Range(from >> shift, to >> shift));
  };
  for (int p = 0; p < 3; ++p) {
    EXPECT_EQ(cv::norm(part(out, p, 0, 232), part(plate, p, 0, 232), cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(part(out, p, 248, 480), part(merged, p, 248, 480), cv::NORM_INF), 0);
  }
  EXPECT_EQ(out.plane(0).at<std::uint8_t>(200, 240), 235);  // the line is white
  const cv::Mat label = out.plane(0)(cv::Rect(0, 0, 100, 30)) != plate.plane(0)(cv::Rect(0, 0, 100, 30));
  EXPECT_GT(cv::countNonZero(label), 50);
}

TEST(MergeReview, StoppedLeavesNothingHalf) {
  const Sample sample({.frames = 3, .size = 128});
  MergeOptions reviewed = sample.options();
  reviewed.wipe = sample.folder() / "wipe.mp4";
  reviewed.elements = sample.folder() / "elements";
  for (const MergeOptions& options : {preview_of(sample, {0, 2}), reviewed}) {
    QuietRun quiet;
    quiet.cancel.request_stop();
    EXPECT_TRUE(merge(options, quiet.run).stopped);
    EXPECT_FALSE(fs::exists(options.output));
  }
  EXPECT_FALSE(fs::exists(reviewed.wipe));
  EXPECT_FALSE(fs::exists(reviewed.elements / "tracks.json"));
  for (const auto& entry : fs::directory_iterator(reviewed.elements))
    EXPECT_TRUE(entry.path().extension() == ".exr" || is_unfinished_list(entry.path()));  // pictures stay
}

/// A grey picture of some format, with `value` everywhere.
media::Picture flat_picture(const media::PictureFormat& format, double value) {
  media::Picture out(format);
  const cv::Rect whole(0, 0, format.width, format.height);
  out.blend_bgr(whole, cv::Mat(whole.size(), CV_32FC3, cv::Scalar::all(value)),
                cv::Mat::ones(whole.size(), CV_32FC1));
  return out;
}

std::vector<media::PictureFormat> formats_of_plates() {
  using Format = media::PictureFormat;
  std::vector<Format> out;
  for (const auto sample : {Format::Sample::kU8, Format::Sample::kU16, Format::Sample::kHalf})
    for (const bool alpha : {false, true}) {
      Format format;
      format.width = 121;  // odd: H.264 becomes 4:4:4
      format.height = 67;
      format.sample = sample;
      format.bits = sample == Format::Sample::kU8 ? 8 : 16;
      format.alpha = alpha;
      out.push_back(format);
    }
  for (const int shift_y : {0, 1}) {
    Format format;
    format.width = 128;
    format.height = 64;
    format.model = Format::Model::kYuv;
    format.chroma_shift_x = 1;
    format.chroma_shift_y = shift_y;
    format.full_range = false;
    format.sample = Format::Sample::kU16;
    format.bits = 10;
    out.push_back(format);
  }
  out.push_back(out.front());
  out.back().model = Format::Model::kGray;
  return out;
}

TEST(MergeWipe, TakesPlatesOfEveryFormat) {
  const Sample sample({.frames = 1, .size = 128});
  for (const media::PictureFormat& format : formats_of_plates()) {
    SCOPED_TRACE(format.describe());
    media::SourceInfo info;
    info.is_sequence = true;
    info.format = format;
    info.frames = {1001, 1002, 1003};
    info.path = sample.folder();
    const fs::path path = sample.folder() / "wipe.mkv";
    WipeWriter writer(path, info, info.frames, {}, {}, 1);
    for (const std::int64_t frame : info.frames)
      writer.write({frame, {}, 0, flat_picture(format, 0.75)}, flat_picture(format, 0.25));
    writer.finish();
    const auto frames = read_frames(path, 4);
    ASSERT_EQ(frames.size(), 3u);
    const media::Picture& middle = frames[1].picture;  // the line is two thirds on its way
    EXPECT_NEAR(cv::mean(middle.bgr({4, 24, 48, 16}))[1], 0.25, 0.02);
    EXPECT_NEAR(cv::mean(middle.bgr({100, 24, 16, 16}))[1], 0.75, 0.02);
  }
}

TEST(MergeWipe, WhatIsNotCodedForScreensIsShownAsScreensDo) {
  const Sample sample({.frames = 1, .size = 128});
  const media::PictureFormat coded = formats_of_plates()[4];
  ASSERT_TRUE(coded.is_float());
  struct Case {
    int transfer;
    double code, shown;
  };
  // Linear light; PQ, whose white of 203 cd/m2 has the code 0.58 and a quarter of it 0.444 (BT.2408).
  for (const auto& [transfer, code, expected] :
       {Case{8, 0.25, 0.537}, Case{16, 0.5807, 1.0}, Case{8, 9, 1.0}}) {
    media::SourceInfo info;
    info.is_sequence = true;
    info.format = coded;
    info.format.transfer = transfer;
    info.format.primaries = transfer == 16 ? 9 : 1;
    info.frames = {1};
    info.path = sample.folder();
    const fs::path path = sample.folder() / "wipe.mkv";
    WipeWriter writer(path, info, info.frames, {}, media::DisplaySpace::of(info.format, {}), 1);
    writer.write({1, {}, 0, flat_picture(info.format, code)}, flat_picture(info.format, code));
    writer.finish();
    const media::Picture read = read_frames(path, 1).at(0).picture;
    EXPECT_NEAR(cv::mean(read.bgr({60, 24, 48, 16}))[1], expected, 0.012) << transfer << " " << code;
    EXPECT_EQ(read.format().transfer, 13);
  }
}

TEST(MergeWipe, TheLineGoesThereAndBack) {
  EXPECT_EQ(wipe_position(0, 10), 0);
  EXPECT_EQ(wipe_position(5, 10), 0.5);
  EXPECT_EQ(wipe_position(10, 10), 1);
  EXPECT_EQ(wipe_position(15, 10), 0.5);
  EXPECT_EQ(wipe_position(25, 10), 0.5);
}

TEST(MergeWipe, HasTheOutputsFramesTimesSoundAndMarking) {
  const Sample sample({.frames = 6, .size = 128});
  MergeOptions options = sample.options();
  options.output = sample.folder() / "result.mp4";
  options.codec.clear();
  options.wipe = sample.folder() / "wipe.mp4";
  options.common.frames.frames = FrameSet::parse("1-4");
  const Outcome outcome = run_review(options);
  EXPECT_EQ(outcome.written.back(), options.wipe);
  const auto results = read_frames(options.output, 60), wipes = read_frames(options.wipe, 60);
  ASSERT_EQ(wipes.size(), 4u);
  ASSERT_EQ(results.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(wipes[i].pts, results[i].pts);
    EXPECT_EQ(wipes[i].duration, results[i].duration);
  }
  const std::string bytes = read_file(options.wipe);
  EXPECT_NE(bytes.find("mp4a"), std::string::npos);
  const auto marking = provenance::find_marking(media::read_metadata(options.wipe));
  ASSERT_TRUE(marking);
  EXPECT_EQ(marking, provenance::find_marking(media::read_metadata(options.output)));
}

TEST(MergeWipe, NeedsAPlaceOfItsOwn) {
  const Sample sample({.frames = 1, .size = 128});
  const fs::path plate = sample.folder() / "plate.mp4";
  fs::copy_file(Sample::plate(), plate);
  MergeOptions options = sample.options();
  options.plate = plate;
  for (const fs::path& taken : {options.output, options.matte, plate}) {
    options.wipe = taken;
    EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  }
  EXPECT_EQ(sha256_file(plate), sha256_file(Sample::plate()));
  options.wipe = sample.folder() / "wipe.avi";
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  options.wipe = sample.folder() / "nowhere" / "wipe.mp4";
  EXPECT_EQ(error_of(options), ErrorCode::kResource);
}

}  // namespace
}  // namespace understudy::stages
