// Merging into a lossless form of the plate keeps every sample outside the matte, whatever the plate's
// samples are.
#include <gtest/gtest.h>

#include "stage/plates.h"

namespace understudy::stages {
namespace {

using Format = media::PictureFormat;

struct PlateForm {
  Format format;  ///< but for its size
  std::string codec;
};

Format form(Format::Model model, int bits) {
  Format out;
  out.model = model;
  out.bits = bits;
  out.sample = bits > 8 ? Format::Sample::kU16 : Format::Sample::kU8;
  out.range_tagged = true;
  return out;
}

Format yuv(cv::Point shift, int bits, bool full_range, bool alpha = false) {
  Format out = form(Format::Model::kYuv, bits);
  out.chroma_shift_x = shift.x;
  out.chroma_shift_y = shift.y;
  out.full_range = full_range;
  out.matrix = 1;
  out.alpha = alpha;
  return out;
}

Format rgb(int bits, bool alpha = false) {
  Format out = form(Format::Model::kRgb, bits);
  out.matrix = 0;
  out.alpha = alpha;
  return out;
}

Format floats(Format::Sample sample, bool alpha) {
  Format out = rgb(16, alpha);
  out.sample = sample;
  return out;
}

std::vector<PlateForm> video_forms() {
  std::vector<PlateForm> out;
  for (const cv::Point shift : {cv::Point(1, 1), cv::Point(1, 0), cv::Point(0, 0)}) {
    for (const int bits : {8, 10, 12, 16}) out.push_back({yuv(shift, bits, false), "ffv1"});
    for (const int bits : {8, 10}) out.push_back({yuv(shift, bits, true), "ffv1"});
  }
  for (const int bits : {9, 14}) out.push_back({yuv({1, 0}, bits, false), "ffv1"});
  for (const cv::Point shift : {cv::Point(2, 0), cv::Point(0, 1)})
    out.push_back({yuv(shift, 8, false), "ffv1"});
  for (const int bits : {8, 10, 16}) out.push_back({yuv({1, 1}, bits, false, true), "ffv1"});
  for (const int bits : {8, 10, 12, 16}) out.push_back({rgb(bits), "ffv1"});
  for (const int bits : {8, 10, 12, 16}) out.push_back({form(Format::Model::kGray, bits), "ffv1"});
  for (const int bits : {8, 16}) out.push_back({rgb(bits, true), "ffv1"});
  return out;
}

std::vector<PlateForm> picture_forms() {
  std::vector<PlateForm> out;
  for (const char* codec : {"png", "tiff"})
    for (const int bits : {8, 16}) {
      for (const bool alpha : {false, true}) out.push_back({rgb(bits, alpha), codec});
      out.push_back({form(Format::Model::kGray, bits), codec});
    }
  for (const bool alpha : {false, true}) {
    out.push_back({floats(Format::Sample::kHalf, alpha), "exr"});
    out.push_back({floats(Format::Sample::kFloat, alpha), "exr"});
  }
  out.push_back({floats(Format::Sample::kFloat, false), "tiff"});
  for (const int bits : {8, 10, 12, 16}) out.push_back({rgb(bits), "dpx"});
  return out;
}

media::Picture in_form(const media::Picture& picture, Format format) {
  format.width = picture.format().width;
  format.height = picture.format().height;
  const cv::Rect whole(0, 0, format.width, format.height);
  media::Picture out(format);
  out.blend_bgr(whole, picture.bgr(whole), cv::Mat::ones(whole.size(), CV_32FC1));
  if (!format.alpha) return out;
  cv::Mat alpha(whole.size(), CV_32FC1);
  for (int x = 0; x < alpha.cols; ++x) alpha.col(x).setTo(0.2 + 0.8 * x / alpha.cols);
  alpha.convertTo(out.plane(format.color_planes()), format.mat_type(),
                  format.is_float() ? 1 : (1 << format.bits) - 1);
  return out;
}

/// Makes a plate of this form, merges a face into it, and looks at every sample.
void check(const PlateForm& form) {
  SCOPED_TRACE(form.codec + " " + form.format.describe() +
               (form.format.full_range ? " full range" : " limited range"));
  TemporaryFolder folder;
  const bool pictures = media::codecs().at(form.codec).is_sequence;
  const fs::path plate = folder.path() / (pictures ? "plate" : "plate.mkv");
  media::SinkOptions sink;
  sink.codec = form.codec;
  write_plate(plate, 1, sink, [&](const media::Picture& picture) { return in_form(picture, form.format); });
  Format expected = form.format;
  expected.width = expected.height = 480;
  ASSERT_TRUE(media::open_source(plate, 1)->info().format.same_layout(expected))
      << "the plate is what is tested";

  const Sample sample({.frames = 1, .size = 256, .plate = plate});
  MergeOptions options = sample.options();
  options.codec = form.codec;
  if (pictures) options.output = sample.folder() / "out";
  const MergedPlate result = merge_plate(sample, plate, options, 1);
  ASSERT_EQ(result.merged.size(), 1U);
  EXPECT_EQ(result.merged[0].picture.format().full_range, result.plate[0].picture.format().full_range);
  expect_plate_outside(result.merged[0].picture, result.plate[0].picture, result.mattes[0].picture);
}

TEST(PixelFormats, EveryVideoKeepsItsSamplesOutsideTheMatte) {
  for (const PlateForm& form : video_forms()) check(form);
}

TEST(PixelFormats, EveryPictureKeepsItsSamplesOutsideTheMatte) {
  for (const PlateForm& form : picture_forms()) check(form);
}

}  // namespace
}  // namespace understudy::stages
