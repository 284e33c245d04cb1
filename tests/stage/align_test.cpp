#include "understudy/stages/align.h"

#include <opencv2/imgproc.hpp>

#include "stage/faces_sample.h"
#include "understudy/dataset/check.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/align_faces.h"
#include "understudy/stages/contact_sheet.h"

namespace understudy::stages {
namespace {

/// A copy of an extracted dataset for every test, since tests damage theirs.
class AlignTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    original_ = new TemporaryFolder;
    QuietRun quiet;
    extract(extract_options(original_->path(), "bruno"), quiet.run);
  }
  static void TearDownTestSuite() {
    delete original_;
    original_ = nullptr;
  }
  AlignTest() { fs::copy(original_->path() / "bruno", dataset(), fs::copy_options::recursive); }

  fs::path dataset() const { return folder_.path() / "bruno"; }
  fs::path extracted() const { return dataset() / "extract/bruno"; }
  fs::path shard() const { return dataset::list_shards(extracted()).front().folder; }
  std::vector<std::pair<fs::path, dataset::FaceRecord>> aligned() const {
    return records_in(dataset() / "align/bruno");
  }

  std::size_t align_quietly(const AlignOptions& options) {
    QuietRun quiet;
    align(options, quiet.run);
    return quiet.report.failures();
  }

  static inline TemporaryFolder* original_ = nullptr;
  TemporaryFolder folder_;
};

TEST_F(AlignTest, GivesLandmarksCropMaskPoseAndSharpness) {
  EXPECT_EQ(align_quietly(align_options(dataset())), 0u);
  const auto truth = truth_landmarks("bruno");
  const auto records = aligned();
  ASSERT_EQ(records.size(), 12u);
  double error = 0;
  for (const auto& [folder, record] : records) {
    ASSERT_TRUE(record.landmarks && record.landmark_confidence && record.aligned_from_frame && record.pose &&
                record.sharpness);
    const auto& wanted = truth[static_cast<std::size_t>(record.frame)];
    for (int i = 17; i < face::kLandmarkCount; ++i)
      error += cv::norm((*record.landmarks)[i] - wanted[i]) / face::interocular(wanted) / 51 / 12;
    EXPECT_NEAR(record.pose->yaw_deg, face::estimate_pose(wanted).yaw_deg, 8) << record.frame;
    EXPECT_GT(*record.sharpness, 20);
    const cv::Mat picture = dataset::decode_png(read_file(folder / record.image), "crop");
    const cv::Mat mask = dataset::decode_png(read_file(folder / record.mask), "mask");
    EXPECT_EQ(picture.type(), CV_8UC3);
    EXPECT_EQ(picture.size(), cv::Size(128, 128));
    EXPECT_EQ(mask.size(), picture.size());
    EXPECT_EQ(mask.at<uchar>(64, 64), 255);
    EXPECT_GT(cv::countNonZero(mask), 128 * 128 / 5);
  }
  EXPECT_LT(error, 0.045);
  EXPECT_TRUE(dataset::check_dataset(dataset::Dataset::open(dataset())).problems.empty());
}

TEST_F(AlignTest, TheCropShowsThePlateAtItsLandmarks) {
  align_quietly(align_options(dataset()));
  const auto frames = read_frames(cast_file("bruno.mp4"), 7);
  const auto [folder, record] = aligned()[6];
  const cv::Mat crop = dataset::decode_png(read_file(folder / record.image), "crop");
  cv::Mat expected;
  const face::Affine& map = *record.aligned_from_frame;
  cv::warpAffine(frames[6].picture.bgr8(), expected, map, crop.size(), cv::INTER_AREA);
  cv::GaussianBlur(expected, expected, {}, 1.5);
  cv::Mat smooth, difference;
  cv::GaussianBlur(crop, smooth, {}, 1.5);
  cv::absdiff(smooth, expected, difference);
  EXPECT_LT(cv::mean(difference(cv::Rect(20, 20, 88, 88)))[1], 4);
}

TEST_F(AlignTest, SplittingTheFramesOrThreadsChangesNothing) {
  AlignOptions options = align_options(dataset());
  options.common.threads = 1;
  for (const char* part : {"0-4", "5-6", "7-11"}) {
    options.common.frames.frames = FrameSet::parse(part);
    align_quietly(options);
  }
  TemporaryFolder other;
  fs::copy(original_->path() / "bruno", other.path() / "bruno", fs::copy_options::recursive);
  align_quietly(align_options(other.path() / "bruno"));
  EXPECT_EQ(lines_of(dataset() / "align/bruno"), lines_of(other.path() / "bruno/align/bruno"));
}

TEST_F(AlignTest, StoppedIsNotPublishedAndARerunCompletes) {
  QuietRun stopped;
  stopped.cancel.request_stop();
  EXPECT_TRUE(align(align_options(dataset()), stopped.run).stopped);
  EXPECT_TRUE(aligned().empty());
  align_quietly(align_options(dataset()));
  EXPECT_EQ(aligned().size(), 12u);
}

TEST_F(AlignTest, EveryLandmarkerFamilyAndSizeWorks) {
  AlignOptions options = align_options(dataset());
  options.common.frames.frames = FrameSet::parse("3-4");
  options.common.replace = true;
  const char* named = std::getenv("UNDERSTUDY_MODEL_DIR");
  options.model_dir = named ? fs::path(named) : fs::path(PROJECT_ROOT) / "../shared/models";
  for (const auto& landmarker : vision::landmarkers()) {
    if (landmarker.name != "dlib68" && !fs::exists(options.model_dir)) continue;
    for (const auto& family : face::crop_families()) {
      options.landmarker = landmarker.name;
      options.crop = family.name;
      options.size = family.name == "face" ? face::kMinCropSize : 320;
      EXPECT_EQ(align_quietly(options), 0u);
      ASSERT_EQ(aligned().size(), 2u);
      EXPECT_EQ(dataset::decode_png(read_file(aligned()[0].first / aligned()[0].second.image), "crop").cols,
                options.size);
    }
  }
}

TEST_F(AlignTest, ADeletedCropIsSkipped) {
  fs::remove(shard() / "000003_0.png");
  EXPECT_EQ(align_quietly(align_options(dataset())), 0u);
  EXPECT_EQ(aligned().size(), 11u);
}

TEST_F(AlignTest, DamagedCropsAndRecordsAreFailuresAndTheRestGoesOn) {
  const fs::path folder = shard();
  const std::string picture = read_file(folder / "000002_0.png");
  write_file(folder / "000002_0.png", picture.substr(0, picture.size() / 2));
  write_file(folder / "000004_0.png", "no picture");
  write_file(folder / "000006_0.png", dataset::encode_png(cv::Mat(90, 90, CV_8UC3, cv::Scalar::all(50)), ""));
  write_file(folder / "000008_0.png", dataset::encode_png(cv::Mat(90, 90, CV_8UC1, cv::Scalar::all(50)), ""));
  std::string lines = read_file(folder / "faces.jsonl");
  lines.replace(lines.find("\"box\""), 5, "\"bax\"");  // frame 0
  write_file(folder / "faces.jsonl", lines);
  EXPECT_GE(align_quietly(align_options(dataset())), 4u);
  EXPECT_EQ(aligned().size(), 7u);
  EXPECT_GE(align_quietly(align_options(dataset())), 4u) << "a rerun does not forget them";
}

TEST_F(AlignTest, OtherOptionsNeedReplace) {
  align_quietly(align_options(dataset()));
  AlignOptions options = align_options(dataset());
  options.size = 64;
  EXPECT_EQ(error_code([&] { align_quietly(options); }), 2);
  options.common.dry_run = true;
  options.common.replace = true;
  align_quietly(options);
  EXPECT_EQ(aligned().size(), 12u);
  options.common.dry_run = false;
  align_quietly(options);
  ASSERT_EQ(aligned().size(), 12u);
  EXPECT_EQ(dataset::decode_png(read_file(aligned()[0].first / aligned()[0].second.image), "crop").cols, 64);
}

TEST_F(AlignTest, AnotherMaskChangesTheMasksAlone) {
  AlignOptions options = align_options(dataset());
  align_quietly(options);
  const auto before = aligned();
  EXPECT_FALSE(dataset::list_shards(dataset() / "align/bruno").front().info.options.contains("mask"));
  options.mask = "skin";
  options.common.replace = true;
  align_quietly(options);
  const auto after = aligned();
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(dataset::list_shards(dataset() / "align/bruno").front().info.options.at("mask"), "skin");
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].second.landmarks, before[i].second.landmarks);
    EXPECT_NE(after[i].second.mask_sha256, before[i].second.mask_sha256);
  }
}

TEST_F(AlignTest, SixteenBitsStay) {
  for (const auto& [folder, record] : records_in(extracted())) {
    cv::Mat deep;
    dataset::decode_png(read_file(folder / record.image), "crop").convertTo(deep, CV_16U, 257);
    write_file(folder / record.image, dataset::encode_png(deep, ""));
  }
  AlignOptions options = align_options(dataset());
  options.common.frames.frames = FrameSet::parse("5");
  EXPECT_EQ(align_quietly(options), 0u);
  ASSERT_EQ(aligned().size(), 1u);
  EXPECT_EQ(dataset::decode_png(read_file(aligned()[0].first / aligned()[0].second.image), "crop").type(),
            CV_16UC3);
}

TEST_F(AlignTest, WritesAContactSheet) {
  AlignOptions options = align_options(dataset());
  options.sheet = folder_.path() / "sheet.png";
  align_quietly(options);
  const cv::Mat sheet = dataset::decode_png(read_file(options.sheet), "sheet");
  EXPECT_EQ(sheet.cols, 1920);
  EXPECT_EQ(sheet.rows, 3 * 240);
  fs::remove_all(dataset() / "align");
  EXPECT_EQ(error_code([&] { write_contact_sheet({dataset()}, options.sheet); }), 3);
}

TEST_F(AlignTest, RefusesBadOptionsAndEmptyDatasets) {
  const auto code_with = [&](auto&& change) {
    AlignOptions options = align_options(dataset());
    change(options);
    return error_code([&] { align_quietly(options); });
  };
  EXPECT_EQ(code_with([](AlignOptions& o) { o.landmarker = "ear"; }), 2);
  EXPECT_EQ(code_with([](AlignOptions& o) { o.mask = "paper"; }), 2);
  EXPECT_EQ(code_with([](AlignOptions& o) { o.crop = "nose"; }), 2);
  EXPECT_EQ(code_with([](AlignOptions& o) { o.size = 63; }), 2);
  EXPECT_EQ(code_with([](AlignOptions& o) { o.size = 1025; }), 2);
  EXPECT_EQ(code_with([](AlignOptions& o) { o.smooth_frames = -1; }), 2);
  EXPECT_EQ(code_with([](AlignOptions& o) { o.smooth_frames = std::nan(""); }), 2);
  EXPECT_EQ(code_with([](AlignOptions& o) { o.landmarker = "facemesh"; }), 3) << "no model file";
  EXPECT_EQ(code_with([&](AlignOptions& o) { o.datasets = {folder_.path() / "none"}; }), 3);
  fs::remove_all(extracted());
  EXPECT_EQ(code_with([](AlignOptions&) {}), 3);
}

ExtractedFace face_at(std::int64_t frame, const std::string& track, float x, const std::string& shard) {
  ExtractedFace out;
  out.record.frame = frame;
  out.record.track = track;
  out.record.box = {x, 0, 100, 100};
  out.image = fs::path(shard) / "picture.png";
  return out;
}

TEST(JoinTracks, OverShardBordersButNotOverCutsOrGaps) {
  FacesByFrame faces;
  faces[99] = {face_at(99, "000010_0", 0, "a")};
  faces[100] = {face_at(100, "000088_0", 4, "b")};
  faces[101] = {face_at(101, "000088_0", 300, "b")};
  faces[150] = {face_at(150, "000088_0", 600, "of another job")};  // after a gap, in the same hundred
  faces[199] = {face_at(199, "000088_0", 0, "b")};
  faces[200] = {face_at(200, "000200_0", 4, "c")};  // began here: a cut lies before
  faces[300] = {face_at(300, "000290_0", 4, "d")};  // nothing in frame 299
  faces[399] = {face_at(399, "000290_0", 4, "d")};
  faces[400] = {face_at(400, "000388_0", 300, "e")};  // elsewhere
  join_tracks(faces);
  EXPECT_EQ(faces[100][0].record.track, "000010_0");
  EXPECT_EQ(faces[101][0].record.track, "000010_0");
  EXPECT_EQ(faces[150][0].record.track, "000010_0");
  EXPECT_EQ(faces[199][0].record.track, "000010_0");
  EXPECT_EQ(faces[200][0].record.track, "000200_0");
  EXPECT_EQ(faces[300][0].record.track, "000290_0");
  EXPECT_EQ(faces[400][0].record.track, "000388_0");
}

TEST(JoinTracks, ReadsTheFirstFrameOfAName) {
  EXPECT_EQ(first_frame_of("000037_0"), 37);
  EXPECT_EQ(first_frame_of("-000005_1"), -5);
  for (const char* other : {"", "x", "12", "_3", "99999999999999999999_0"})
    EXPECT_FALSE(first_frame_of(other)) << other;
}

TEST(Steady, UsesNeighboursOfTheTrackOnly) {
  FacesByFrame faces;
  FoundFaces found;
  for (std::int64_t frame = 0; frame < 9; ++frame) {
    faces[frame] = {face_at(frame, frame < 6 ? "000000_0" : "000006_0", 0, "a")};
    face::Landmarks points;
    for (int p = 0; p < face::kLandmarkCount; ++p)
      points[p] = cv::Point2f(static_cast<float>(p % 8), static_cast<float>(p / 8)) * 9.f;
    const float shift = frame < 6 ? static_cast<float>(frame % 2) : 50;
    for (auto& p : points) p.x += shift;
    FoundFace& face = found[{frame, 0}];
    face.point = {frame, points, {}, face::Affine::eye()};
    face.motion_looked_for = true;
  }
  ShakeByTrack shake;
  const auto with = [&](double most) {
    return steady(tracks_in(faces, found, 0, 8), found, 3, 6, most, shake);
  };
  const auto steadied = with(1);
  ASSERT_EQ(steadied.size(), 4u);
  EXPECT_NEAR(steadied.at({3, 0})[0].x, 0.5, 0.15);
  EXPECT_EQ(steadied.at({6, 0})[0].x, 50);
  EXPECT_EQ(shake.size(), 1u);
  EXPECT_LT(shake["000000_0"].squares_after, 0.2 * shake["000000_0"].squares_before);
  EXPECT_EQ(with(0).at({3, 0})[0].x, 1);
}

TEST_F(AlignTest, SaysHowSteadyTracksAre) {
  QuietRun quiet;
  align(align_options(dataset()), quiet.run);
  const Json& tracks = quiet.report.details["tracks"];
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_EQ(tracks[0]["source"], "bruno");
  EXPECT_GT(tracks[0]["frames"], 5);
  EXPECT_LT(tracks[0]["shake_after"].get<double>(), 0.7 * tracks[0]["shake_before"].get<double>());
}

TEST(Sharpness, FallsWithBlur) {
  cv::Mat picture(128, 128, CV_8UC3), soft;
  cv::RNG random(1);
  random.fill(picture, cv::RNG::UNIFORM, 0, 256);
  cv::GaussianBlur(picture, soft, {}, 2);
  EXPECT_GT(sharpness(picture), 10 * sharpness(soft));
  cv::Mat deep;
  picture.convertTo(deep, CV_16U, 257);
  EXPECT_NEAR(sharpness(deep), sharpness(picture), 1e-6 * sharpness(picture));
}

}  // namespace
}  // namespace understudy::stages
