// Plates of other colours than a model sees: they are extracted and merged as if they were seen.
#include <gtest/gtest.h>

#include "stage/faces_sample.h"
#include "stage/plates.h"
#include "understudy/compose/quality.h"
#include "understudy/dataset/png.h"

namespace understudy::stages {
namespace {

constexpr int kFrames = 2;

/// A kind of plate that is made from bruno.mp4.
struct PlateKind {
  std::string name;
  std::string file;  ///< or a folder for pictures
  std::string codec;
  media::PictureFormat format;      ///< but for its size
  media::ColorSpaceChoice made_in;  ///< what its codes are
  media::ColorSpaceChoice told;     ///< what extract is told of it
  std::string output;               ///< of the merge: lossless
  std::string output_codec;
  double crop_tolerance = 1;  ///< in codes of 8 bits, on average
};

media::PictureFormat video_format(int transfer) {
  media::PictureFormat format;
  format.model = media::PictureFormat::Model::kYuv;
  format.chroma_shift_x = format.chroma_shift_y = 1;
  format.bits = 10;
  format.sample = media::PictureFormat::Sample::kU16;
  format.full_range = false;
  format.range_tagged = true;
  format.matrix = format.primaries = 9;
  format.transfer = transfer;
  return format;
}

media::PictureFormat rgb_pictures(media::PictureFormat::Sample sample, int bits) {
  media::PictureFormat format;
  format.sample = sample;
  format.bits = bits;
  format.matrix = 0;
  return format;
}

/// A camera's log curve over BT.709's light, as OpenColorIO has it.
std::string log_config() {
  return "ocio_profile_version: 2\n"
         "roles: {default: ref, scene_linear: ref, aces_interchange: aces}\n"
         "displays:\n  d:\n    - !<View> {name: v, colorspace: ref}\n"
         "colorspaces:\n"
         "  - !<ColorSpace> {name: aces}\n"
         "  - !<ColorSpace>\n"
         "    name: ref\n"
         "    to_scene_reference: !<MatrixTransform> {matrix: [0.4396330, 0.3829887, 0.1773783, 0, "
         "0.0897764, "
         "0.8134394, 0.0967842, 0, 0.0175412, 0.1115466, 0.8709122, 0, 0, 0, 0, 1]}\n"
         "  - !<ColorSpace>\n"
         "    name: camera log\n"
         "    to_scene_reference: !<GroupTransform>\n"
         "      children:\n"
         "        - !<LogAffineTransform> {base: 10, log_side_slope: 0.25, log_side_offset: 0.6, "
         "lin_side_offset: "
         "0.01, direction: inverse}\n"
         "        - !<ColorSpaceTransform> {src: ref, dst: aces}\n";
}

std::vector<PlateKind> plate_kinds(const fs::path& config) {
  using Sample = media::PictureFormat::Sample;
  const media::PictureFormat half = rgb_pictures(Sample::kHalf, 16), log = rgb_pictures(Sample::kU16, 10);
  return {
      {"pq", "pq.mkv", "hevc", video_format(16), {"pq", {}}, {}, "out.mkv", "ffv1", 2},
      {"hlg", "hlg.mkv", "hevc", video_format(18), {"hlg", {}}, {}, "out.mkv", "ffv1", 2},
      {"linear", "linear", "exr", half, {"linear", {}}, {}, "out", "exr"},
      {"log", "log", "dpx", log, {"camera log", config}, {"camera log", config}, "out", "dpx"},
  };
}

fs::path make_plate(const fs::path& folder, const PlateKind& kind) {
  media::SinkOptions options;
  options.codec = kind.codec;
  options.threads = 2;
  if (kind.codec == "hevc") options.quality = 4;
  if (kind.codec == "dpx") options.metadata = {{"dpx:Transfer", "Logarithmic"}};
  const auto space = media::DisplaySpace::of(kind.format, kind.made_in);
  write_plate(folder / kind.file, kFrames, options, [&](const media::Picture& picture) {
    media::PictureFormat format = kind.format;
    format.width = picture.format().width;
    format.height = picture.format().height;
    const cv::Rect whole(0, 0, format.width, format.height);
    media::Picture out(format);
    space.blend_bgr(out, whole, picture.bgr(whole), cv::Mat::ones(whole.size(), CV_32FC1));
    return out;
  });
  return folder / kind.file;
}

/// The first face's crop, CV_32FC3 of 0 to 1.
cv::Mat first_crop(const fs::path& dataset) {
  const auto records = records_in(dataset / "extract/bruno");
  EXPECT_EQ(records.size(), static_cast<std::size_t>(kFrames));
  const cv::Mat stored =
      dataset::decode_png(read_file(records[0].first / records[0].second.image), records[0].second.image);
  cv::Mat out;
  stored.convertTo(out, CV_32F, stored.depth() == CV_16U ? 1.0 / 65535 : 1.0 / 255);
  return out;
}

dataset::Dataset extract_plate(const fs::path& folder, const fs::path& plate,
                               const media::ColorSpaceChoice& color) {
  ExtractOptions options = extract_options(folder, "bruno", text("0-", kFrames - 1));
  options.inputs = {plate};
  options.source = "bruno";
  options.detector = "dlib";  // whose boxes, and so the crops, are the same in each kind of plate
  options.color = color;
  QuietRun quiet;
  extract(options, quiet.run);
  return dataset::Dataset::open(options.dataset);
}

void merge_and_compare(const PlateKind& kind, const fs::path& plate, const Json& color) {
  const Sample sample({.frames = kFrames, .plate = plate, .color = color});
  MergeOptions options = sample.options();
  options.output = sample.folder() / kind.output;
  options.codec = kind.output_codec;
  options.ocio = kind.made_in.ocio;
  const MergedPlate result = merge_plate(sample, plate, options, kFrames);
  ASSERT_EQ(result.merged.size(), static_cast<std::size_t>(kFrames));
  const auto space = media::DisplaySpace::of(result.plate[0].picture.format(), kind.told);
  const auto truths = read_frames(Sample::truth(), kFrames);
  compose::SquaredError inside;
  for (std::size_t i = 0; i < result.merged.size(); ++i) {
    expect_plate_outside(result.merged[i].picture, result.plate[i].picture, result.mattes[i].picture);
    inside += compose::squared_error(space.bgr8(result.merged[i].picture), truths[i].picture.bgr8(),
                                     result.mattes[i].picture.plane(0) == 255);
  }
  EXPECT_GT(*inside.psnr_db(), 34) << "the face in display space is the truth's";
}

TEST(Colors, PlatesOfEveryKindAreExtractedAndMergedAsTheyAreSeen) {
  TemporaryFolder folder;
  write_file(folder.path() / "config.ocio", log_config());
  fs::create_directories(folder.path() / "seen");
  extract_plate(folder.path() / "seen", Sample::plate(), {});
  const cv::Mat seen = first_crop(folder.path() / "seen/bruno");
  for (const PlateKind& kind : plate_kinds(folder.path() / "config.ocio")) {
    SCOPED_TRACE(kind.name);
    const fs::path work = folder.path() / (kind.name + " work");
    fs::create_directories(work);
    const fs::path plate = make_plate(work, kind);
    const auto dataset = extract_plate(work, plate, kind.told);
    const cv::Mat crop = first_crop(work / "bruno");
    ASSERT_EQ(crop.size(), seen.size());
    cv::Mat difference;
    cv::absdiff(crop, seen, difference);
    const cv::Scalar off = cv::mean(difference) * 255;
    for (int c = 0; c < 3; ++c) EXPECT_LT(off[c], kind.crop_tolerance) << "channel " << c;
    const Json color = dataset.source("bruno").color;
    EXPECT_FALSE(color.is_null());
    merge_and_compare(kind, plate, color);
  }
}

TEST(Colors, ALogPlateIsRefusedUntilItIsSaidWhatItIs) {
  TemporaryFolder folder;
  write_file(folder.path() / "config.ocio", log_config());
  const PlateKind log = plate_kinds(folder.path() / "config.ocio").back();
  const fs::path plate = make_plate(folder.path(), log);
  try {
    extract_plate(folder.path(), plate, {});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kFormat);
    EXPECT_NE(e.message().find("Logarithmic"), std::string::npos);
    EXPECT_NE(e.hint().find("--color-space"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder.path() / "bruno"));
}

TEST(Colors, MergeWantsTheConfigurationThatExtractHad) {
  TemporaryFolder folder;
  const fs::path config = folder.path() / "config.ocio";
  write_file(config, log_config());
  const PlateKind log = plate_kinds(config).back();
  const fs::path plate = make_plate(folder.path(), log);
  const Json color = media::DisplaySpace::of(log.format, log.told).record();
  const Sample sample({.frames = kFrames, .plate = plate, .color = color});
  MergeOptions options = sample.options();
  const auto code = [&] {
    QuietRun quiet;
    return error_code([&] { merge(options, quiet.run); });
  };
  EXPECT_EQ(code(), 3) << "none is named";
  write_file(config, log_config() + "# changed\n");
  options.ocio = config;
  EXPECT_EQ(code(), 3) << "another content";
  EXPECT_FALSE(fs::exists(options.output));
}

TEST(Colors, TheSamePlateInOtherColoursIsRefused) {
  TemporaryFolder folder;
  extract_plate(folder.path(), Sample::plate(), {});
  EXPECT_EQ(error_code([&] { extract_plate(folder.path(), Sample::plate(), {"linear", {}}); }), 2);
}

}  // namespace
}  // namespace understudy::stages
