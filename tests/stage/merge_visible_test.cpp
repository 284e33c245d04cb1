#include <gtest/gtest.h>

#include <map>

#include "stage/merge_sample.h"
#include "understudy/core/files.h"
#include "understudy/dataset/overrides.h"
#include "understudy/dataset/png.h"
#include "understudy/dataset/shard.h"

namespace understudy::stages {
namespace {

constexpr int kFrames = 2, kCrop = 256;

/// Black where a hand hides the left half of the crop.
cv::Mat half_hidden() {
  cv::Mat mask(kCrop, kCrop, CV_8UC1, cv::Scalar(255));
  mask.colRange(0, kCrop / 2).setTo(0);
  return mask;
}

/// The sample's faces as align leaves them, with masks of that kind; "": of a shard that says nothing of it.
fs::path write_aligned(const Sample& sample, const std::string& kind, const cv::Mat& mask) {
  const auto dataset = dataset::Dataset::open(sample.root());
  dataset::ShardInfo info;
  info.stage = "align";
  info.source = "bruno";
  for (int i = 0; i < kFrames; ++i) info.frames.push_back(i);
  if (!kind.empty()) info.options["mask"] = kind;
  dataset::ShardWriter writer(dataset.stage_folder("align", "bruno"), info);
  const auto landmarks = truth_landmarks("bruno_as_ada_truth");
  for (int i = 0; i < kFrames; ++i) {
    dataset::FaceRecord record;
    record.source = "bruno";
    record.frame = i;
    record.box = face::bounding_box(landmarks[static_cast<std::size_t>(i)]);
    record.aligned_from_frame = face::aligned_from_frame(landmarks[static_cast<std::size_t>(i)],
                                                         face::crop_families().at("whole"), kCrop);
    writer.add(record, cv::Mat(kCrop, kCrop, CV_8UC3, cv::Scalar::all(128)), mask);
  }
  EXPECT_TRUE(writer.publish());
  return writer.final_folder();
}

struct Matted {
  Json report;
  std::vector<cv::Mat> mattes;
};

Matted matted(const Sample& sample, const std::string& mask) {
  MergeOptions options = sample.options();
  options.look.mask = mask;
  QuietRun quiet;
  merge(options, quiet.run);
  Matted out{quiet.report.to_json(), {}};
  for (const media::Frame& frame : read_frames(options.matte, kFrames))
    out.mattes.push_back(frame.picture.plane(0).clone());
  return out;
}

/// How much of the matte lies in the left and the right half of the crop.
std::pair<double, double> halves(const cv::Mat& matte, int frame) {
  const auto landmarks = truth_landmarks("bruno_as_ada_truth")[static_cast<std::size_t>(frame)];
  const face::Affine aligned = face::aligned_from_frame(landmarks, face::crop_families().at("whole"), kCrop);
  std::pair<double, double> sums;
  for (int y = 0; y < matte.rows; ++y)
    for (int x = 0; x < matte.cols; ++x) {
      const double column = face::transform(aligned, cv::Point2d(x, y)).x;
      (column < kCrop / 2.0 ? sums.first : sums.second) += matte.at<std::uint8_t>(y, x) / 255.0;
    }
  return sums;
}

Sample made() {
  return Sample({.frames = kFrames});
}

TEST(MergeVisible, WhatIsInFrontOfTheFaceStays) {
  const Sample sample = made();
  const Matted whole = matted(sample, "minimum");
  write_aligned(sample, "skin", half_hidden());
  const Matted partly = matted(sample, "minimum");
  for (int i = 0; i < kFrames; ++i) {
    const auto [left, right] = halves(whole.mattes[static_cast<std::size_t>(i)], i);
    const auto [hidden, seen] = halves(partly.mattes[static_cast<std::size_t>(i)], i);
    EXPECT_LT(hidden, 0.05 * left) << i;
    EXPECT_GT(seen, 0.9 * right) << i;
  }
}

TEST(MergeVisible, AWayOfMaskingThatDoesNotAskIsAsBefore) {
  const Sample sample = made();
  std::map<std::string, Matted> before;
  for (const char* mask : {"hull", "predicted", "product"}) before.emplace(mask, matted(sample, mask));
  write_aligned(sample, "skin", half_hidden());
  for (const auto& [mask, result] : before)
    EXPECT_EQ(cv::norm(result.mattes[0], matted(sample, mask).mattes[0], cv::NORM_INF), 0) << mask;
}

TEST(MergeVisible, OutlinesSayNothingOfWhatIsInFront) {
  const Sample sample = made();
  const Matted before = matted(sample, "minimum");
  write_aligned(sample, "", half_hidden());
  EXPECT_EQ(cv::norm(before.mattes[0], matted(sample, "minimum").mattes[0], cv::NORM_INF), 0);
}

TEST(MergeVisible, AMaskDrawnByHandCountsAmongOutlines) {
  const Sample sample = made();
  write_aligned(sample, "", half_hidden());
  dataset::Override drawn;
  drawn.source = "bruno";
  drawn.frame = 1;
  drawn.box = face::bounding_box(truth_landmarks("bruno_as_ada_truth")[1]);
  drawn.mask = "000001_0.png";
  drawn.mask_sha256 = std::string(64, 'a');
  dataset::write_overrides(dataset::Dataset::open(sample.root()), "bruno", std::vector{drawn});
  const Matted result = matted(sample, "minimum");
  EXPECT_GT(halves(result.mattes[0], 0).first, 100);
  EXPECT_LT(halves(result.mattes[1], 1).first, 0.05 * halves(result.mattes[0], 0).first);
}

TEST(MergeVisible, AnotherMaskIsAnotherDelivery) {
  const auto urn = [](const Matted& result) { return result.report["credentials"]["urn"]; };
  const Sample sample = made();
  const Matted before = matted(sample, "minimum");
  write_aligned(sample, "skin", half_hidden());
  ASSERT_FALSE(urn(before).is_null()) << before.report.dump(1);
  EXPECT_NE(urn(before), urn(matted(sample, "minimum")));
}

TEST(MergeVisible, ADamagedMaskKeepsThePlatesFaceAndIsListed) {
  const Sample sample = made();
  const fs::path shard = write_aligned(sample, "skin", half_hidden());
  write_file(shard / "000001_0.mask.png",
             dataset::encode_png(cv::Mat(kCrop, kCrop, CV_8UC1, cv::Scalar(0)), ""));
  const Matted result = matted(sample, "minimum");
  ASSERT_EQ(result.report["failures"].size(), 1u);
  const std::string why = result.report["failures"][0]["why"];
  EXPECT_NE(why.find("not the file that align wrote"), std::string::npos) << why;
  EXPECT_EQ(cv::countNonZero(result.mattes[1]), 0);
}

}  // namespace
}  // namespace understudy::stages
