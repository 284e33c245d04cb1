#include "understudy/stages/merge_elements.h"

#include <opencv2/imgproc.hpp>

#include "stage/merge_sample.h"
#include "understudy/media/metadata.h"
#include "understudy/media/sink.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/merge_places.h"
#include "unit/media/exr_file.h"

namespace understudy::stages {
namespace {

Json merge_and_report(const MergeOptions& options) {
  QuietRun quiet;
  merge(options, quiet.run);
  return quiet.report.to_json();
}

MergeOptions with_elements(const Sample& sample) {
  MergeOptions options = sample.options();
  options.elements = sample.folder() / "elements";
  return options;
}

media::ExrFile element(const MergeOptions& options, std::int64_t frame) {
  return media::read_exr(options.elements / (frame_name(frame) + ".exr"));
}

/// The largest difference between the elements put together and the merged picture, and how large that is.
struct Rebuilt {
  double error = 0, most = 0;
};

Rebuilt rebuilt(const media::ExrFile& exr, const media::Picture& merged) {
  const cv::Mat result = merged.bgr({0, 0, merged.format().width, merged.format().height});
  const cv::Mat keeps = 1.0 - exr.channel("matte.A");
  EXPECT_EQ(cv::norm(exr.channel("matte.A"), exr.channel("face.A"), cv::NORM_INF), 0);
  Rebuilt out;
  for (int c = 0; c < 3; ++c) {
    const std::string name(1, "BGR"[c]);
    cv::Mat wanted;
    cv::extractChannel(result, wanted, c);
    const cv::Mat together = exr.channel(name).mul(keeps) + exr.channel("face." + name);
    out.error = std::max(out.error, cv::norm(together, wanted, cv::NORM_INF));
    out.most = std::max(out.most, cv::norm(wanted, cv::NORM_INF));
  }
  return out;
}

constexpr double kHalfPrecision = 1.0 / 2048;  // of values up to 1: eleven bits

TEST(MergeElements, TogetherTheyAreTheMergedPicture) {
  const Sample sample({.frames = 3, .size = 256, .without_face = 1, .second_face_shift = 30});
  for (const char* blend : {"feather", "poisson"}) {
    MergeOptions options = with_elements(sample);
    options.look.color = "low-frequency";
    options.look.blend = blend;
    options.bridge = 0;
    merge_and_report(options);
    const auto merged = read_frames(options.output, 3);
    for (std::int64_t i = 0; i < 3; ++i) {
      const media::ExrFile exr = element(options, i);
      EXPECT_LT(rebuilt(exr, merged[static_cast<std::size_t>(i)].picture).error, kHalfPrecision)
          << blend << i;
      EXPECT_EQ(cv::countNonZero(exr.channel("matte.A")) > 10000, i != 1) << i;
    }
  }
}

/// The plate's first frames as half float EXR pictures of linear light, twice as bright as video's white.
fs::path linear_plate(const Sample& sample, int frames) {
  media::SourceInfo like = media::open_source(Sample::plate(), 1)->info();
  media::PictureFormat format;
  format.width = format.height = 480;
  format.sample = media::PictureFormat::Sample::kHalf;
  format.bits = 16;
  format.transfer = 8;
  like.format = format;
  media::SinkOptions sink;
  sink.codec = "exr";
  const fs::path folder = sample.folder() / "plate";
  const auto out = media::open_sink(folder, like, sink);
  for (media::Frame& frame : read_frames(Sample::plate(), static_cast<std::size_t>(frames))) {
    const cv::Mat bgr = frame.picture.bgr({0, 0, 480, 480});
    media::Picture linear(format);
    for (int p = 0; p < 3; ++p) {
      cv::extractChannel(bgr, linear.plane(p), 2 - p);
      cv::pow(cv::max(linear.plane(p), 0), 2.2, linear.plane(p));
      linear.plane(p) *= 2;
    }
    frame.picture = linear;
    out->write(frame);
  }
  out->finish();
  return folder;
}

TEST(MergeElements, APlateOfFloatsKeepsItsOwnValues) {
  const Sample sample({.frames = 2, .size = 256});
  const fs::path plate = linear_plate(sample, 2);
  const auto source = media::open_source(plate, 1);
  const ElementsWriter writer(sample.folder() / "elements", source->info(), false, {});
  const media::Picture before = source->next()->picture;
  media::Picture after = before.clone();
  cv::Mat matte = cv::Mat::zeros(480, 480, CV_32FC1);
  cv::circle(matte, {240, 240}, 90, cv::Scalar(0.7), cv::FILLED);
  cv::GaussianBlur(matte, matte, {0, 0}, 3);
  after.blend_bgr({0, 0, 480, 480}, cv::Mat(480, 480, CV_32FC3, cv::Scalar(0.2, 3, 0.5)), matte);
  writer.write(0, before, after, matte, {});
  const media::ExrFile exr = media::read_exr(sample.folder() / "elements" / "000000.exr");
  EXPECT_EQ(cv::norm(exr.channel("R"), before.plane(0), cv::NORM_INF), 0);
  const Rebuilt both = rebuilt(exr, after);
  EXPECT_GT(both.most, 1.5);
  EXPECT_LT(both.error, both.most * kHalfPrecision);
}

TEST(MergeElements, TheStMapFindsTheCropAgain) {
  const Sample sample({.frames = 1, .size = 256});
  const MergeOptions options = with_elements(sample);
  merge_and_report(options);
  const media::ExrFile exr = element(options, 0);
  EXPECT_FALSE(exr.is_half("st.R"));
  const auto landmarks = truth_landmarks("bruno_as_ada_truth").front();
  const face::Affine aligned_from_frame =
      face::aligned_from_frame(landmarks, face::crop_families().at("whole"), 256);
  const cv::Mat red = exr.channel("st.R"), green = exr.channel("st.G");
  for (const cv::Point p : {cv::Point(200, 260), cv::Point(250, 300)}) {
    const cv::Point2d in_crop = face::transform(aligned_from_frame, p);
    EXPECT_NEAR(red.at<float>(p), (in_crop.x + 0.5) / 256, 1e-5);
    EXPECT_NEAR(green.at<float>(p), 1 - (in_crop.y + 0.5) / 256, 1e-5);  // from below
  }
  EXPECT_EQ(red.at<float>(0, 0), 0);
  EXPECT_EQ(green.at<float>(0, 0), 0);
  // Seen through the map, the crop lies where it was cut.
  cv::Mat frame, aligned, seen;
  cv::GaussianBlur(read_frames(Sample::plate(), 1).front().picture.bgr8(), frame, {0, 0}, 3);
  cv::warpAffine(frame, aligned, aligned_from_frame, {256, 256});
  cv::remap(aligned, seen, red * 256 - 0.5, (1 - green) * 256 - 0.5, cv::INTER_LINEAR);
  EXPECT_LT(cv::mean(cv::abs(frame - seen), exr.channel("matte.A") > 0.99)[1], 1);
}

TEST(MergeElements, WhereCropsOverlapTheNearerOneCounts) {
  std::vector<MergeFace> faces(2);
  for (MergeFace& face : faces) face.swapped.picture = cv::Mat::zeros(10, 10, CV_32FC3);
  faces[0].swapped.aligned_from_frame = face::Affine(1, 0, 0, 0, 1, 0);
  faces[1].swapped.aligned_from_frame = face::Affine(1, 0, -4, 0, 1, 0);
  cv::Mat rows = cv::Mat::zeros(2, 20, CV_32FC2);
  draw_st_map(faces, 4, rows);
  EXPECT_NEAR(rows.at<cv::Vec2f>(0, 5)[0], 0.55, 1e-6);  // of the first
  EXPECT_NEAR(rows.at<cv::Vec2f>(0, 8)[0], 0.45, 1e-6);  // of the second
  EXPECT_NEAR(rows.at<cv::Vec2f>(1, 5)[1], 0.45, 1e-6);
  EXPECT_EQ(rows.at<cv::Vec2f>(0, 16), cv::Vec2f(0, 0));
}

TEST(MergeElements, ConfidenceIsThePredictedMaskWhereThereIsOne) {
  const Sample sample({.frames = 1, .size = 128});
  const MergeOptions options = with_elements(sample);
  merge_and_report(options);
  const media::ExrFile with = element(options, 0);
  EXPECT_NEAR(with.channel("confidence.A").at<float>(260, 220), 1, 1e-3);  // the sample's masks are white
  EXPECT_EQ(with.channel("confidence.A").at<float>(2, 2), 0);

  const fs::path records = sample.shard() / "faces.jsonl";
  Json record = Json::parse(read_file(records));
  record.erase("mask");
  record.erase("mask_sha256");
  write_file(records, record.dump() + "\n");
  merge_and_report(options);
  EXPECT_EQ(element(options, 0).index("confidence.A"), -1);
}

TEST(MergeElements, CarryTheMarkingOnEveryFrame) {
  const Sample sample({.frames = 2, .size = 128});
  const MergeOptions options = with_elements(sample);
  const Json report = merge_and_report(options);
  for (const char* name : {"000000.exr", "000001.exr"}) {
    const auto marking = provenance::find_marking(media::read_metadata(options.elements / name));
    ASSERT_TRUE(marking);
    EXPECT_EQ(marking->source_sha256, sha256_file(Sample::plate()));
  }
  EXPECT_EQ(element(options, 1).spec.get_int_attribute("imageCounter"), 1);
}

TEST(MergeElements, TracksSayWhereTheFaceIs) {
  const Sample sample({.frames = 3, .size = 256});
  MergeOptions options = with_elements(sample);
  options.common.frames.frames = FrameSet::parse("1");  // tracks hold all that was converted
  merge_and_report(options);
  EXPECT_FALSE(fs::exists(options.elements / "000000.exr"));
  const Json json = Json::parse(read_file(options.elements / "tracks.json"));
  EXPECT_EQ(json.at("format"), "understudy-tracks");
  EXPECT_EQ(json.at("plate").at("sha256"), sha256_file(Sample::plate()));
  const Json& track = json.at("tracks").at(0);
  EXPECT_EQ(track.at("crop_side"), 256);
  ASSERT_EQ(track.at("faces").size(), 3u);
  const auto truth = truth_landmarks("bruno_as_ada_truth");
  EXPECT_NEAR(track.at("faces")[2].at("landmarks")[30][1].get<float>(), truth[2][30].y, 0.01);

  const std::string nuke = read_file(options.elements / "tracks.nk");
  EXPECT_EQ(std::ranges::count(nuke, '{'), std::ranges::count(nuke, '}'));
  std::istringstream nose(nuke.substr(nuke.find("\n nose30 ") + 9));
  std::string word;
  double x = 0;
  ASSERT_TRUE(nose >> word >> word >> x);
  EXPECT_EQ(word, "x0");
  EXPECT_NEAR(x, truth[0][30].x + 0.5, 0.01);  // from the pixel's corner
  std::istringstream corner(nuke.substr(nuke.find("\n to1 ") + 6));
  ASSERT_TRUE(corner >> word >> word >> x);
  const face::Affine frame_from_aligned =
      face::inverse(face::aligned_from_frame(truth[0], face::crop_families().at("whole"), 256));
  EXPECT_NEAR(x, face::transform(frame_from_aligned, {-0.5, 255.5}).x + 0.5, 0.01);  // the lower left one

  std::istringstream points(read_file(options.elements / "face_000000_0_nose.txt"));
  int count = 0, color = 0, frames = 0, frame = -1;
  double y = 0;
  ASSERT_TRUE(points >> count >> word >> color >> frames >> frame >> x >> y);
  EXPECT_EQ(count, 9);
  EXPECT_EQ(frames, 3);
  EXPECT_EQ(frame, 0);
  EXPECT_NEAR(y, 480 - 0.5 - truth[0][27].y, 0.01);  // from below
}

TEST(MergeElements, NeverWriteOverThePlatesPictures) {
  const Sample sample({.frames = 1, .size = 128});
  const fs::path folder = linear_plate(sample, 1);
  const auto refused = [&](const fs::path& plate, const fs::path& output, const fs::path& elements) {
    MergeOptions options;
    options.output = output;
    options.elements = elements;
    try {
      check_places(options, media::open_source(plate, 1)->info());
    } catch (const Error& e) {
      return e.code() == ErrorCode::kUsage;
    }
    return false;
  };
  const fs::path elsewhere = sample.folder() / "out.mkv";
  EXPECT_TRUE(refused(folder, elsewhere, folder));
  EXPECT_TRUE(refused(folder / "######.exr", elsewhere, folder / "." / ""));
  EXPECT_TRUE(refused(folder / "######.exr", folder / "%06d.exr", {}));
  EXPECT_TRUE(refused(folder / "000000.exr", folder / "000000.exr", {}));
  EXPECT_FALSE(refused(folder, elsewhere, sample.folder() / "elements"));
}

TEST(MergeElements, NeedAFolderOfTheirOwn) {
  const Sample sample({.frames = 1, .size = 128});
  std::string message;
  MergeOptions options = with_elements(sample);
  options.codec = "exr";
  options.output = options.elements;
  EXPECT_EQ(error_of(options, &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("share the folder"), std::string::npos) << message;
  options.output = options.elements / "frame.####.exr";
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  options = with_elements(sample);
  options.matte = options.elements;
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  options = with_elements(sample);
  std::ofstream(options.elements) << "a file";
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  EXPECT_FALSE(fs::exists(options.output));
  options.elements /= "below";
  EXPECT_EQ(error_of(options), ErrorCode::kResource);
  EXPECT_FALSE(fs::exists(options.output));
}

}  // namespace
}  // namespace understudy::stages
