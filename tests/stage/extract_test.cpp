#include "understudy/stages/extract.h"

#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>
#include <thread>

#include "stage/faces_sample.h"
#include "understudy/dataset/check.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/extract_crop.h"

namespace understudy::stages {
namespace {

Outcome extract_quietly(const ExtractOptions& options) {
  QuietRun quiet;
  return extract(options, quiet.run);
}

/// One 12-frame extraction that many tests look at.
class ExtractedClip : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    outcome_ = extract_quietly(extract_options(folder_->path(), "bruno"));
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static fs::path stage_folder() { return folder_->path() / "bruno/extract/bruno"; }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline Outcome outcome_;
};

TEST_F(ExtractedClip, HasAFaceInEveryFrameWithEveryField) {
  EXPECT_EQ(outcome_.written, std::vector{folder_->path() / "bruno"});
  EXPECT_FALSE(outcome_.stopped);
  const auto records = records_in(stage_folder());
  ASSERT_EQ(records.size(), 12u);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const dataset::FaceRecord& record = records[i].second;
    EXPECT_EQ(record.source, "bruno");
    EXPECT_EQ(record.frame, static_cast<std::int64_t>(i));
    EXPECT_EQ(record.face, 0);
    EXPECT_TRUE(record.pts.has_value());
    EXPECT_EQ(record.track, "000000_0");
    EXPECT_EQ(record.detector, "understudy");
    EXPECT_GT(record.score, 0.5);
    EXPECT_GT(record.box.width, 150);
  }
  EXPECT_TRUE(dataset::check_dataset(dataset::Dataset::open(folder_->path() / "bruno")).problems.empty());
}

TEST_F(ExtractedClip, HoldsThePlatesOwnPixels) {
  const auto frames = read_frames(cast_file("bruno.mp4"), 5);
  const auto [folder, record] = records_in(stage_folder())[4];
  const cv::Mat crop = dataset::decode_png(read_file(folder / record.image), "crop");
  const cv::Mat plate = frames[4].picture.bgr8();
  EXPECT_EQ(face::scale_of(record.crop_from_frame), 1);
  const cv::Point shift(cvRound(record.crop_from_frame(0, 2)), cvRound(record.crop_from_frame(1, 2)));
  const cv::Rect inside = (cv::Rect({}, plate.size()) + shift) & cv::Rect({}, crop.size());
  EXPECT_GT(inside.area(), crop.size().area() / 2);
  EXPECT_EQ(cv::norm(crop(inside), plate(inside - shift), cv::NORM_INF), 0);
  const cv::Point2d middle =
      face::transform(record.crop_from_frame, cv::Point2d(record.box.tl() + record.box.br()) / 2);
  EXPECT_NEAR(middle.x, (crop.cols - 1) / 2.0, 1);
  EXPECT_NEAR(middle.y, (crop.rows - 1) / 2.0, 1);
}

TEST_F(ExtractedClip, KnowsItsSourceAndConsent) {
  const auto dataset = dataset::Dataset::open(folder_->path() / "bruno");
  EXPECT_EQ(dataset.info().subject, "bruno");
  EXPECT_EQ(dataset.info().role, "performer");
  EXPECT_EQ(read_file(dataset.consent_file()), read_file(folder_->path() / "bruno.toml"));
  const auto source = dataset.source("bruno");
  EXPECT_EQ(source.sha256, sha256_file(cast_file("bruno.mp4")));
  EXPECT_EQ(source.frame_count, 60);
  EXPECT_EQ(source.last_frame, 59);
  EXPECT_EQ(source.width, 480);
}

TEST_F(ExtractedClip, DoesNotDependOnThreadsOrOnBeingStopped) {
  TemporaryFolder other;
  ExtractOptions options = extract_options(other.path(), "bruno");
  options.common.threads = 1;
  QuietRun stopped;
  stopped.cancel.request_stop();
  EXPECT_TRUE(extract(options, stopped.run).stopped);
  EXPECT_TRUE(records_in(other.path() / "bruno/extract/bruno").empty());
  EXPECT_FALSE(extract_quietly(options).stopped);
  EXPECT_EQ(lines_of(other.path() / "bruno/extract/bruno"), lines_of(stage_folder()));
}

TEST_F(ExtractedClip, ARerunDoesNothingTwiceAndADeletedFaceStaysDeleted) {
  const auto before = dataset::list_shards(stage_folder());
  const auto [folder, record] = records_in(stage_folder()).back();
  fs::rename(folder / record.image, folder_->path() / "kept.png");
  QuietRun quiet;
  extract(extract_options(folder_->path(), "bruno"), quiet.run);
  EXPECT_EQ(quiet.report.details["counts"]["frames"], 0);
  const auto after = dataset::list_shards(stage_folder());
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].info.uuid, before[0].info.uuid);
  EXPECT_FALSE(fs::exists(folder / record.image));
  fs::rename(folder_->path() / "kept.png", folder / record.image);
}

TEST_F(ExtractedClip, OtherOptionsAreRefusedUnlessReplacing) {
  ExtractOptions options = extract_options(folder_->path(), "bruno", "2-3");
  options.crop_size = 256;
  EXPECT_EQ(error_code([&] { extract_quietly(options); }), 2);
  options.common.dry_run = true;
  EXPECT_EQ(error_code([&] { extract_quietly(options); }), 2);
}

TEST(Extract, AShardThatBeginsInTheMiddleKnowsWhatWasBefore) {
  TemporaryFolder folder;
  extract_quietly(extract_options(folder.path(), "ada", "30-32"));
  const auto records = records_in(folder.path() / "ada/extract/ada");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].second.track, "000015_0")
      << "the tracker begins 12 frames before, or where the detector looks before that";
}

/// The frames of bruno's clip in front of which nobody stands until frame `first`.
fs::path late_face(const fs::path& folder, int first, int frames) {
  const fs::path out = folder / "late";
  make_folder(out);
  const auto clip = read_frames(cast_file("bruno.mp4"), static_cast<std::size_t>(frames));
  for (int f = 0; f < frames; ++f) {
    cv::Mat picture = clip[static_cast<std::size_t>(f)].picture.bgr8();
    if (f < first) picture.setTo(cv::Scalar(60, 80, 70));
    write_file(out / (frame_name(f) + ".png"), dataset::encode_png(picture, ""));
  }
  return out;
}

TEST(Extract, OfTheFramesBetweenTheDetectorsLooksNoneIsLost) {
  TemporaryFolder folder;
  ExtractOptions each = extract_options(folder.path(), "bruno", "0-29"), some = each;
  each.detect_every = 1;
  each.dataset = folder.path() / "each";
  some.detect_every = 7;
  extract_quietly(each);
  extract_quietly(some);
  const auto wanted = records_in(folder.path() / "each/extract/bruno"),
             found = records_in(folder.path() / "bruno/extract/bruno");
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].second.frame, wanted[i].second.frame);
    EXPECT_GT(face::intersection_over_union(found[i].second.box, wanted[i].second.box), 0.6)
        << i << ": each look of the detector has a size of its own";
    EXPECT_EQ(found[i].second.track, "000000_0");
  }
}

TEST(Extract, ASceneThatBeginsBetweenTheDetectorsLooksIsSeenFromItsFirstFrame) {
  TemporaryFolder folder;
  ExtractOptions options = extract_options(folder.path(), "bruno", "0-13");
  options.inputs = {late_face(folder.path(), 7, 14)};
  options.detect_every = 10;
  extract_quietly(options);
  const auto records = records_in(folder.path() / "bruno/extract/late");
  ASSERT_EQ(records.size(), 7u);
  for (std::size_t i = 0; i < records.size(); ++i)
    EXPECT_EQ(records[i].second.frame, static_cast<std::int64_t>(7 + i));
}

TEST(Extract, SplittingTheFramesChangesNothingBetweenTheDetectorsLooks) {
  TemporaryFolder folder;
  ExtractOptions whole = extract_options(folder.path(), "bruno", "0-23"), part = whole;
  whole.dataset = folder.path() / "whole";
  extract_quietly(whole);
  for (const char* frames : {"17-23", "0-6", "7-16"}) {
    part.common.frames.frames = FrameSet::parse(frames);
    extract_quietly(part);
  }
  const auto one = records_in(folder.path() / "whole/extract/bruno"),
             many = records_in(folder.path() / "bruno/extract/bruno");
  ASSERT_EQ(one.size(), many.size());
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].second.box, many[i].second.box) << i;
}

TEST(Extract, ReplacesWhenAsked) {
  TemporaryFolder folder;
  ExtractOptions options = extract_options(folder.path(), "ada", "0-1");
  extract_quietly(options);
  options.crop_size = 128;
  options.common.replace = true;
  extract_quietly(options);
  const auto records = records_in(folder.path() / "ada/extract/ada");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(dataset::decode_png(read_file(records[0].first / records[0].second.image), "crop").cols, 128);
  EXPECT_FALSE(fs::is_empty(folder.path() / "ada/trash"));
}

TEST(Extract, TwoJobsOnTheSameShardLeaveOneSetOfFaces) {
  TemporaryFolder folder;
  const ExtractOptions options = extract_options(folder.path(), "ada", "0-3");
  std::thread other([&] { extract_quietly(options); });
  extract_quietly(options);
  other.join();
  EXPECT_EQ(records_in(folder.path() / "ada/extract/ada").size(), 4u);
  EXPECT_EQ(dataset::list_shards(folder.path() / "ada/extract/ada").size(), 1u);
  for (const auto& entry : fs::directory_iterator(folder.path() / "ada/extract/ada"))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".tmp")) << entry.path();
}

TEST(Extract, DryRunWritesNothing) {
  TemporaryFolder folder;
  ExtractOptions options = extract_options(folder.path(), "ada");
  options.common.dry_run = true;
  EXPECT_TRUE(extract_quietly(options).written.empty());
  EXPECT_FALSE(fs::exists(options.dataset));
}

TEST(Extract, RefusesWithoutValidConsent) {
  TemporaryFolder folder;
  ExtractOptions options = extract_options(folder.path(), "ada");
  options.consent.clear();
  EXPECT_EQ(error_code([&] { extract_quietly(options); }), 7);
  options.consent = folder.path() / "none.toml";
  EXPECT_EQ(error_code([&] { extract_quietly(options); }), 7);
  write_file(folder.path() / "old.toml", sample_consent(provenance::Role::kLikeness, "2020-01-01").bytes);
  options.consent = folder.path() / "old.toml";
  EXPECT_EQ(error_code([&] { extract_quietly(options); }), 7);
  EXPECT_FALSE(fs::exists(options.dataset));
}

TEST(Extract, RefusesADatasetOfSomebodyElse) {
  TemporaryFolder folder;
  extract_quietly(extract_options(folder.path(), "ada", "0"));
  ExtractOptions options = extract_options(folder.path(), "bruno", "0");
  options.dataset = folder.path() / "ada";
  EXPECT_EQ(error_code([&] { extract_quietly(options); }), 7);
}

TEST(Extract, RefusesBadInputs) {
  TemporaryFolder folder;
  ExtractOptions options = extract_options(folder.path(), "ada");
  const auto code_of = [&](const fs::path& input) {
    options.inputs = {input};
    return error_code([&] { extract_quietly(options); });
  };
  fs::create_directories(folder.path() / "empty");
  write_file(folder.path() / "text.mp4", "this is no video\n");
  const std::string clip = read_file(cast_file("ada.mp4"));
  write_file(folder.path() / "head.mp4", clip.substr(0, 1000));
  EXPECT_EQ(code_of(folder.path() / "none.mp4"), 3);
  EXPECT_EQ(code_of(folder.path() / "empty"), 3);
  EXPECT_EQ(code_of(folder.path() / "text.mp4"), 3);
  EXPECT_EQ(code_of(folder.path() / "head.mp4"), 3);
  EXPECT_FALSE(fs::exists(options.dataset));
  options.common.frames.frames = FrameSet::parse("900-1000");
  EXPECT_EQ(code_of(cast_file("ada.mp4")), 2);
}

TEST(Extract, RefusesBadOptions) {
  TemporaryFolder folder;
  const auto code_with = [&](auto&& change) {
    ExtractOptions options = extract_options(folder.path(), "ada");
    change(options);
    return error_code([&] { extract_quietly(options); });
  };
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.detector = "eyes"; }), 2);
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.min_face_px = 3; }), 2);
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.crop_size = 10; }), 2);
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.max_faces = -1; }), 2);
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.detect_every = 0; }), 2);
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.inputs.clear(); }), 2);
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.source = "../up"; }), 2);
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.inputs.push_back(o.inputs[0]); }), 2)
      << "one name for two inputs";
  EXPECT_EQ(code_with([](ExtractOptions& o) { o.detector = "yunet"; }), 3) << "no model files";
}

/// Pictures 1001... of one colour depth with a frame of the cast, or without a face.
void write_sequence(const fs::path& folder, int count, bool deep, bool with_face) {
  fs::create_directories(folder);
  const auto frames = read_frames(cast_file("ada.mp4"), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    cv::Mat picture = frames[static_cast<std::size_t>(i)].picture.bgr8();
    if (!with_face) picture.setTo(cv::Scalar(60, 90, 70));
    if (deep) picture.convertTo(picture, CV_16U, 257);
    write_file(folder / ("plate." + std::to_string(1001 + i) + ".png"), dataset::encode_png(picture, ""));
  }
}

TEST(Extract, KeepsSixteenBitsAndTheNumbersOfASequence) {
  TemporaryFolder folder;
  write_sequence(folder.path() / "plate", 2, true, true);
  ExtractOptions options = extract_options(folder.path(), "ada", "1001-1002");
  options.inputs = {folder.path() / "plate"};
  extract_quietly(options);
  const auto records = records_in(folder.path() / "ada/extract/plate");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].second.frame, 1001);
  EXPECT_FALSE(records[0].second.pts.has_value());
  EXPECT_EQ(dataset::decode_png(read_file(records[0].first / records[0].second.image), "crop").type(),
            CV_16UC3);
}

TEST(Extract, NoFaceAtAllIsASuccess) {
  TemporaryFolder folder;
  write_sequence(folder.path() / "plate", 3, false, false);
  ExtractOptions options = extract_options(folder.path(), "ada", "1001-1003");
  options.inputs = {folder.path() / "plate/plate.####.png"};
  QuietRun quiet;
  EXPECT_FALSE(extract(options, quiet.run).stopped);
  EXPECT_EQ(quiet.report.failures(), 0u);
  EXPECT_EQ(quiet.report.details["counts"]["frames_without_face"], 3);
  EXPECT_EQ(quiet.report.details["counts"]["faces"], 0);
}

TEST(Extract, ABrokenFrameIsAFailureThatIsRememberedAndTheRestGoesOn) {
  TemporaryFolder folder;
  write_sequence(folder.path() / "plate", 3, false, true);
  const fs::path broken = folder.path() / "plate/plate.1002.png";
  write_file(broken, read_file(broken).substr(0, 5000));
  ExtractOptions options = extract_options(folder.path(), "ada", "1001-1003");
  options.inputs = {folder.path() / "plate"};
  for (int run = 0; run < 2; ++run) {
    QuietRun quiet;
    extract(options, quiet.run);
    EXPECT_EQ(quiet.report.failures(), 1u) << "run " << run;
  }
  EXPECT_EQ(records_in(folder.path() / "ada/extract/plate").size(), 2u);
}

TEST(ContextCrop, ReducesALargeFaceAndRepeatsTheBorder) {
  const auto frames = read_frames(cast_file("ada.mp4"), 1);
  const cv::Mat plate = frames[0].picture.bgr8();
  const face::Box box(-40, -30, 200, 200);
  const ContextCrop full = cut_context({frames[0].picture, plate, {}}, box, 4096);
  const ContextCrop half = cut_context({frames[0].picture, plate, {}}, box, 260);
  EXPECT_EQ(full.picture.cols, 520);
  EXPECT_EQ(half.picture.cols, 260);
  EXPECT_NEAR(face::scale_of(half.crop_from_frame), 0.5, 1e-9);
  EXPECT_EQ(full.picture.at<cv::Vec3b>(0, 0), plate.at<cv::Vec3b>(0, 0));
  cv::Mat reduced;
  cv::resize(full.picture, reduced, {260, 260}, 0, 0, cv::INTER_AREA);
  cv::Mat difference;
  cv::absdiff(reduced, half.picture, difference);
  EXPECT_LT(cv::mean(difference)[1], 2.5);
}

}  // namespace
}  // namespace understudy::stages
