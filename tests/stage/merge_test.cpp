#include "understudy/stages/merge.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "stage/merge_sample.h"
#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/quality.h"

namespace understudy::stages {
namespace {

/// What a merge left behind.
struct Merged {
  Outcome outcome;
  Json report;
  std::vector<media::Frame> frames, mattes;
};

Merged run_merge(const MergeOptions& options) {
  QuietRun quiet;
  Merged out;
  out.outcome = merge(options, quiet.run);
  out.report = quiet.report.to_json();
  out.frames = read_frames(options.output, 60);
  if (!options.matte.empty()) out.mattes = read_frames(options.matte, 60);
  return out;
}

bool same_samples(const media::Picture& a, const media::Picture& b) {
  for (int p = 0; p < 3; ++p)
    if (cv::norm(a.plane(p), b.plane(p), cv::NORM_INF) != 0) return false;
  return true;
}

/// 255 for each chroma sample of a 4:2:0 picture that covers a pixel where `luma_mask` is not 0.
cv::Mat touched_chroma(const cv::Mat& luma_mask) {
  cv::Mat out = cv::Mat::zeros(luma_mask.rows / 2, luma_mask.cols / 2, CV_8UC1);
  for (int y = 0; y < luma_mask.rows; ++y)
    for (int x = 0; x < luma_mask.cols; ++x)
      out.at<std::uint8_t>(y / 2, x / 2) |= luma_mask.at<std::uint8_t>(y, x);
  return out;
}

class MergeAtSize : public testing::TestWithParam<std::pair<int, double>> {};

/// By how many pixels `moved` is off `still`, from the slopes of luma inside `counted` (Lucas and Kanade
/// 1981).
cv::Point2d displacement(const cv::Mat& moved, const cv::Mat& still, const cv::Mat& counted) {
  const cv::Mat from = compose::luma(still), difference = from - compose::luma(moved);
  cv::Mat dx, dy;
  cv::sepFilter2D(from, dx, CV_32F, cv::Matx13f(-0.5f, 0, 0.5f), cv::Matx13f(0, 1, 0));
  cv::sepFilter2D(from, dy, CV_32F, cv::Matx13f(0, 1, 0), cv::Matx13f(-0.5f, 0, 0.5f));
  const auto sum = [&](const cv::Mat& a, const cv::Mat& b) { return cv::mean(a.mul(b), counted)[0]; };
  const cv::Matx22d slopes(sum(dx, dx), sum(dx, dy), sum(dx, dy), sum(dy, dy));
  const cv::Vec2d moved_by = slopes.inv() * cv::Vec2d(sum(dx, difference), sum(dy, difference));
  return {moved_by[0], moved_by[1]};
}

TEST_P(MergeAtSize, PutsTheTruthBackWhereItWas) {
  const auto [size, wanted_db] = GetParam();
  const Sample sample({.frames = 4, .size = size});
  const Merged merged = run_merge(sample.options());
  ASSERT_EQ(merged.frames.size(), 4u);
  const auto truths = read_frames(Sample::truth(), 4), plates = read_frames(Sample::plate(), 4);
  compose::SquaredError result_error, plate_error;
  cv::Point2d off;
  for (std::size_t i = 0; i < 4; ++i) {
    const cv::Mat counted = merged.mattes[i].picture.plane(0) == 255;
    ASSERT_GT(cv::countNonZero(counted), 10000);
    const cv::Mat result = merged.frames[i].picture.bgr8(), truth = truths[i].picture.bgr8();
    result_error += compose::squared_error(result, truth, counted);
    plate_error += compose::squared_error(plates[i].picture.bgr8(), truth, counted);
    off += displacement(result, truth, counted) / 4;
  }
  EXPECT_GT(*result_error.psnr_db(), wanted_db);
  EXPECT_LT(*plate_error.psnr_db(), 22);
  EXPECT_NEAR(off.x, 0, 0.02);
  EXPECT_NEAR(off.y, 0, 0.02);
  RecordProperty("off", text(off.x, " ", off.y));
}

INSTANTIATE_TEST_SUITE_P(Sizes, MergeAtSize,
                         testing::Values(std::pair{1024, 36.0}, std::pair{512, 36.0}, std::pair{256, 32.0},
                                         std::pair{128, 28.0}));

TEST(Merge, NothingOutsideTheMatteIsTouched) {
  const Sample sample({.frames = 5});
  MergeOptions options = sample.options();
  options.look.color = "low-frequency";
  const Merged merged = run_merge(options);
  const auto plates = read_frames(Sample::plate(), 5);
  ASSERT_EQ(merged.frames.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    const media::Picture &result = merged.frames[i].picture, &plate = plates[i].picture;
    ASSERT_TRUE(result.format().same_layout(plate.format()));
    const cv::Mat outside = merged.mattes[i].picture.plane(0) == 0;
    EXPECT_EQ(cv::norm(result.plane(0), plate.plane(0), cv::NORM_INF, outside), 0);
    EXPECT_GT(cv::norm(result.plane(0), plate.plane(0), cv::NORM_INF), 20);
    const cv::Mat outside_chroma = touched_chroma(outside);
    for (int c = 1; c <= 2; ++c)
      EXPECT_EQ(cv::norm(result.plane(c), plate.plane(c), cv::NORM_INF, outside_chroma), 0);
  }
}

TEST(Merge, TheNumberOfThreadsChangesNothing) {
  const Sample sample({.frames = 6});
  MergeOptions options = sample.options();
  options.look.color = "reinhard";
  std::vector<Merged> all;
  for (const int threads : {1, 3}) {
    options.common.threads = threads;
    options.output = sample.folder() / text("threads", threads, ".mkv");
    all.push_back(run_merge(options));
  }
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_TRUE(same_samples(all[0].frames[i].picture, all[1].frames[i].picture)) << i;
    EXPECT_EQ(all[0].frames[i].pts, all[1].frames[i].pts);
  }
}

TEST(Merge, APartOfTheFramesComesOutAsInTheWhole) {
  const Sample sample({.frames = 9, .size = 128});
  MergeOptions options = sample.options();
  options.look.color = "reinhard";
  const Merged whole = run_merge(options);
  options.output = sample.folder() / "part.mkv";
  options.matte.clear();
  options.common.frames.frames = FrameSet::parse("3-5");
  const Merged part = run_merge(options);
  ASSERT_EQ(part.frames.size(), 3u);
  EXPECT_EQ(part.report["faces"], 3);
  EXPECT_EQ(part.report["failures"].size(), 0u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(same_samples(part.frames[i].picture, whole.frames[3 + i].picture)) << i;
}

/// The mean luma of the frame inside its matte.
double light(const Merged& merged, std::size_t i) {
  return cv::mean(merged.frames[i].picture.plane(0), cv::Mat(merged.mattes[i].picture.plane(0) > 250))[0];
}

TEST(Merge, ColoursAreSteadyOverTime) {
  // One frame's crop is darker, as a network may draw it: alone its colours would be lifted for that frame
  // only. Steadied, a fault of one frame stays one, and all others keep their light.
  const Sample sample({.frames = 9, .size = 128, .darker = 4});
  MergeOptions options = sample.options();
  options.look.color = "reinhard";
  options.steady_frames = 0;
  const Merged anew = run_merge(options);
  options.steady_frames = 2;
  options.output = sample.folder() / "steady.mkv";
  const Merged steady = run_merge(options);
  EXPECT_NEAR(light(anew, 4), light(anew, 3), 2);
  EXPECT_LT(light(steady, 4), light(steady, 3) - 5);
  EXPECT_NEAR(light(steady, 0), light(anew, 0), 4);
}

TEST(Merge, KeptPartsAreThePlates) {
  const Sample sample({.frames = 1, .size = 256});
  MergeOptions options = sample.options();
  const auto landmarks = truth_landmarks("bruno_as_ada_truth").front();
  const auto at = [&](const Merged& merged, std::size_t i) {
    return merged.mattes[0].picture.plane(0).at<std::uint8_t>(landmarks[i]);
  };
  const Merged whole = run_merge(options);
  for (const std::size_t i : {30u, 37u, 62u}) EXPECT_EQ(at(whole, i), 255) << i;
  options.look.keep = {"mouth", "eyes"};
  const Merged kept = run_merge(options);
  EXPECT_GT(at(kept, 30), 250);  // the nose
  EXPECT_LT(at(kept, 37), 8);    // a lid
  EXPECT_LT(at(kept, 62), 8);    // between the lips
}

/// Three grey pictures, white from column `edge` on, numbered from `first` on.
fs::path roto_pictures(const Sample& sample, int edge, int first = 0, cv::Size size = {480, 480}) {
  const fs::path folder = sample.folder() / "roto";
  fs::create_directories(folder);
  cv::Mat matte = cv::Mat::zeros(size, CV_8UC1);
  matte.colRange(edge, size.width) = 255;
  std::vector<std::uint8_t> bytes;
  cv::imencode(".png", matte, bytes);
  for (int i = first; i < first + 3; ++i)
    std::ofstream(folder / text("roto.", i, ".png"), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return folder;
}

TEST(Merge, ADrawnMatteKeepsThePlate) {
  const Sample sample({.frames = 3, .size = 128});
  MergeOptions options = sample.options();
  const Merged without = run_merge(options);
  // The matte of a merge is one that it takes again: nothing grows.
  const fs::path drawn = sample.folder() / "drawn.mkv";
  fs::rename(options.matte, drawn);
  options.matte_in = drawn;
  const Merged with = run_merge(options);
  const auto plates = read_frames(Sample::plate(), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const cv::Mat touched = with.mattes[i].picture.plane(0) > 0;
    EXPECT_EQ(cv::countNonZero(touched & (without.mattes[i].picture.plane(0) == 0)), 0);
    EXPECT_FALSE(same_samples(with.frames[i].picture, plates[i].picture));
    EXPECT_LE(cv::countNonZero(with.mattes[i].picture.plane(0) > without.mattes[i].picture.plane(0)), 0);
  }
}

TEST(Merge, ADrawnMatteCutsTheFaceInTwo) {
  const Sample sample({.frames = 3, .size = 128});
  MergeOptions options = sample.options();
  options.matte_in = roto_pictures(sample, 200);
  const Merged merged = run_merge(options);
  const auto plates = read_frames(Sample::plate(), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const cv::Mat change = merged.frames[i].picture.plane(0) != plates[i].picture.plane(0);
    EXPECT_EQ(cv::countNonZero(change.colRange(0, 200)), 0);
    EXPECT_GT(cv::countNonZero(change.colRange(200, 480)), 1000);
    EXPECT_EQ(cv::countNonZero(merged.mattes[i].picture.plane(0).colRange(0, 200)), 0);
  }
  EXPECT_EQ(merged.report["inputs"].size(), 2u);
}

TEST(Merge, RefusesADrawnMatteThatDoesNotFit) {
  const Sample sample({.frames = 3, .size = 128});
  MergeOptions options = sample.options();
  std::string message;
  options.matte_in = roto_pictures(sample, 200, 1000);
  EXPECT_EQ(error_of(options, &message), ErrorCode::kInput);
  EXPECT_NE(message.find("has no frame 0"), std::string::npos) << message;
  fs::remove_all(options.matte_in);
  EXPECT_EQ(error_of(options, &message), ErrorCode::kInput);
  options.matte_in = roto_pictures(sample, 20, 0, {48, 48});
  EXPECT_EQ(error_of(options, &message), ErrorCode::kInput);
  EXPECT_NE(message.find("is 48x48 pixels, the plate 480x480"), std::string::npos) << message;
  options.matte_in = options.output;
  EXPECT_EQ(error_of(options, &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("would be destroyed"), std::string::npos) << message;
}

TEST(Merge, WhereADrawnMatteIsBrokenThePlateStays) {
  const Sample sample({.frames = 3, .size = 128});
  MergeOptions options = sample.options();
  const fs::path folder = roto_pictures(sample, 0);
  fs::resize_file(folder / "roto.1.png", 60);
  options.matte_in = folder;
  const Merged merged = run_merge(options);
  ASSERT_EQ(merged.frames.size(), 3u);
  ASSERT_EQ(merged.report["failures"].size(), 1u);
  EXPECT_EQ(merged.report["failures"][0]["item"], "frame 1");
  const auto plates = read_frames(Sample::plate(), 3);
  EXPECT_TRUE(same_samples(merged.frames[1].picture, plates[1].picture));
  EXPECT_FALSE(same_samples(merged.frames[2].picture, plates[2].picture));
}

TEST(Merge, EveryModeGoesThrough) {
  const Sample sample({.frames = 1, .size = 128});
  MergeOptions options = sample.options();
  options.matte.clear();
  const auto plate = read_frames(Sample::plate(), 1);
  const auto works = [&](const std::string& what) {
    const Merged merged = run_merge(options);
    EXPECT_EQ(merged.report["faces"], 1) << what;
    EXPECT_FALSE(same_samples(merged.frames.at(0).picture, plate[0].picture)) << what;
  };
  for (const std::string& name : compose::color_matches().names()) works(options.look.color = name);
  for (const std::string& name : compose::mask_modes().names()) works(options.look.mask = name);
  for (const std::string& name : compose::blend_modes().names()) works(options.look.blend = name);
}

TEST(Merge, SeveralFacesInAFrame) {
  const Sample one({.frames = 1}), two({.frames = 1, .second_face_shift = 20});
  const Merged a = run_merge(one.options()), b = run_merge(two.options());
  EXPECT_EQ(a.report["faces"], 1);
  EXPECT_EQ(b.report["faces"], 2);
  const cv::Rect corner(20, 20, 90, 90);
  EXPECT_EQ(cv::countNonZero(a.mattes[0].picture.plane(0)(corner)), 0);
  EXPECT_GT(cv::countNonZero(b.mattes[0].picture.plane(0)(corner) == 255), 500);
  const cv::Rect face(160, 200, 120, 120);
  EXPECT_EQ(cv::norm(a.frames[0].picture.plane(0)(face), b.frames[0].picture.plane(0)(face), cv::NORM_INF),
            0);
}

TEST(Merge, AFrameWithoutAFacePassesThrough) {
  const Sample sample({.frames = 3, .without_face = 1});
  MergeOptions options = sample.options();
  options.bridge = 0;
  const Merged merged = run_merge(options);
  const auto plates = read_frames(Sample::plate(), 3);
  EXPECT_TRUE(merged.report["failures"].empty());
  EXPECT_EQ(merged.report["frames_swapped"], 2);
  EXPECT_FALSE(same_samples(merged.frames[0].picture, plates[0].picture));
  EXPECT_TRUE(same_samples(merged.frames[1].picture, plates[1].picture));
  EXPECT_EQ(cv::countNonZero(merged.mattes[1].picture.plane(0)), 0);
}

TEST(Merge, ARemovedFaceStaysAsItWas) {
  const Sample sample({.frames = 2});
  fs::remove(sample.shard() / Sample::crop_name(1));
  const Merged merged = run_merge(sample.options());
  EXPECT_TRUE(merged.report["failures"].empty());
  EXPECT_TRUE(same_samples(merged.frames[1].picture, read_frames(Sample::plate(), 2)[1].picture));
}

TEST(Merge, ADamagedCropIsListedAndItsFrameKeepsThePlatesFace) {
  const Sample sample({.frames = 3});
  std::ofstream(sample.shard() / Sample::crop_name(1), std::ios::in | std::ios::out).seekp(1000).put('x');
  std::ofstream(sample.shard() / Sample::crop_name(2), std::ios::trunc).put('x');
  const Merged merged = run_merge(sample.options());
  ASSERT_EQ(merged.report["failures"].size(), 2u);
  EXPECT_EQ(merged.report["failures"][0]["item"], "frame 1 face 0");
  EXPECT_NE(merged.report["failures"][0]["why"].get<std::string>().find("damaged"), std::string::npos);
  const auto plates = read_frames(Sample::plate(), 3);
  EXPECT_FALSE(same_samples(merged.frames[0].picture, plates[0].picture));
  EXPECT_TRUE(same_samples(merged.frames[1].picture, plates[1].picture));
  EXPECT_TRUE(same_samples(merged.frames[2].picture, plates[2].picture));
}

TEST(Merge, FramesThatWereNotConvertedAreListed) {
  const Sample sample({.frames = 2});
  MergeOptions options = sample.options();
  options.common.frames.frames = FrameSet::parse("0-3");
  const Merged merged = run_merge(options);
  EXPECT_EQ(merged.frames.size(), 4u);
  ASSERT_EQ(merged.report["failures"].size(), 2u);
  EXPECT_EQ(merged.report["failures"][1]["item"], "frame 3");
}

TEST(Merge, ADamagedRecordIsListed) {
  const Sample sample({.frames = 2});
  std::ofstream(sample.shard() / "faces.jsonl", std::ios::app) << "{\"source\": \"bru\n";
  EXPECT_EQ(run_merge(sample.options()).report["failures"].size(), 1u);
}

TEST(Merge, RefusesWhatItCannotWorkOn) {
  const Sample sample({.frames = 1});
  std::string message;
  MergeOptions options = sample.options();
  options.name = "other";
  EXPECT_EQ(error_of(options, &message), ErrorCode::kInput);
  EXPECT_NE(message.find("convert/other"), std::string::npos);

  options = sample.options();
  options.plate = cast_file("ada.mp4");
  EXPECT_EQ(error_of(options, &message), ErrorCode::kInput);
  EXPECT_NE(message.find("not the plate"), std::string::npos);

  options = sample.options();
  options.source = "nobody";
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);

  options = sample.options();
  options.look.color = "sepia";
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);

  options = sample.options();
  options.common.frames.frames = FrameSet::parse("500-600");
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);

  options = sample.options();
  options.dataset = sample.folder() / "nothing";
  EXPECT_EQ(error_of(options), ErrorCode::kInput);

  options = sample.options();
  options.matte = options.output;
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
}

TEST(Merge, NeverWritesOverThePlate) {
  const Sample sample({.frames = 1});
  const fs::path copy = sample.folder() / "plate.mp4";
  fs::copy_file(Sample::plate(), copy);
  const std::string before = sha256_file(copy);
  MergeOptions options = sample.options();
  options.plate = options.output = copy;
  QuietRun quiet;
  EXPECT_THROW(merge(options, quiet.run), Error);
  EXPECT_EQ(sha256_file(copy), before);
}

TEST(Merge, RefusesWithoutConsent) {
  const Sample expired_model({.frames = 1, .likeness_until = "2020-01-01"});
  EXPECT_EQ(error_of(expired_model.options()), ErrorCode::kRefused);
  const Sample expired_dataset({.frames = 1, .performer_until = "2020-01-01"});
  EXPECT_EQ(error_of(expired_dataset.options()), ErrorCode::kRefused);
  const Sample missing({.frames = 1});
  fs::remove(missing.root() / "consent.toml");
  EXPECT_EQ(error_of(missing.options()), ErrorCode::kRefused);
}

TEST(Merge, StoppedLeavesNothing) {
  const Sample sample({.frames = 3});
  const MergeOptions options = sample.options();
  QuietRun quiet;
  quiet.cancel.request_stop();
  EXPECT_TRUE(merge(options, quiet.run).stopped);
  std::size_t left = 0;
  for (const auto& entry : fs::directory_iterator(sample.folder()))
    left += entry.path().filename() != "bruno";
  EXPECT_EQ(left, 0u);
}

TEST(Merge, KeepsTimesAndSaysWhatItIs) {
  const Sample sample({.frames = 3});
  MergeOptions options = sample.options();
  options.output = sample.folder() / "result.mp4";
  options.codec.clear();
  const Merged merged = run_merge(options);
  const auto plates = read_frames(Sample::plate(), 3);
  ASSERT_EQ(merged.frames.size(), 3u);
  const double unit = media::open_source(options.output, 1)->info().time_base.value();
  const double plate_unit = media::open_source(Sample::plate(), 1)->info().time_base.value();
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_DOUBLE_EQ(static_cast<double>(*merged.frames[i].pts) * unit,
                     static_cast<double>(*plates[i].pts) * plate_unit);
  const std::string bytes = read_file(options.output);
  EXPECT_NE(bytes.find("compositeWithTrainedAlgorithmicMedia"), std::string::npos);
  EXPECT_NE(bytes.find(sha256_file(Sample::plate())), std::string::npos);
  EXPECT_EQ(bytes.find("subject"), std::string::npos);
}

TEST(Merge, WritesMattesAsPictures) {
  const Sample sample({.frames = 2});
  MergeOptions options = sample.options();
  options.matte = sample.folder() / "mattes";
  const Merged merged = run_merge(options);
  ASSERT_EQ(merged.mattes.size(), 2u);
  EXPECT_EQ(merged.mattes[1].picture.format().color_planes(), 1);
  EXPECT_GT(cv::countNonZero(merged.mattes[1].picture.plane(0) == 255), 10000);
  EXPECT_EQ(merged.outcome.written.size(), 2u);
}

}  // namespace
}  // namespace understudy::stages
