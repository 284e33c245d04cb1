#include <gtest/gtest.h>

#include "stage/merge_sample.h"
#include "understudy/media/sink.h"
#include "understudy/provenance/c2pa/signer.h"
#include "understudy/provenance/watermark/payload.h"
#include "understudy/stages/merge.h"
#include "understudy/stages/verify_delivery.h"
#include "understudy/stages/watermark.h"

namespace understudy::stages {
namespace {

/// Merges and gives what the report says of the watermark.
Json watermark_of(const MergeOptions& options) {
  QuietRun quiet;
  EXPECT_FALSE(merge(options, quiet.run).stopped);
  return quiet.report.to_json().at("watermark");
}

MergeOptions delivery(const Sample& sample, const std::string& name = "result.mp4") {
  MergeOptions options = sample.options();
  options.output = sample.folder() / name;
  options.matte.clear();
  options.codec.clear();
  return options;
}

/// The luma of the first frame.
cv::Mat first_luma(const fs::path& path) {
  return read_frames(path, 1).at(0).picture.plane(0);
}

TEST(MergeWatermark, ADeliveryCarriesTheIdOfItsName) {
  const Sample sample({.frames = 4, .size = 128});
  const MergeOptions options = delivery(sample);
  const Json said = watermark_of(options);
  EXPECT_EQ(said.at("state"), "recovered");
  const std::uint64_t id = provenance::watermark_id(said.at("urn").get<std::string>());
  EXPECT_EQ(said.at("id"), provenance::watermark_id_text(id));
  EXPECT_EQ(said.at("frames_read"), 4);
  const auto finding = recover_watermark(options.output);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->id, id);
  EXPECT_FALSE(recover_watermark(Sample::plate(), {.most_frames = 4}));
}

TEST(MergeWatermark, TheNameDependsOnWhatIsMergedAlone) {
  const Sample sample({.frames = 2, .size = 128});
  MergeOptions options = delivery(sample);
  options.common.threads = 1;
  const Json first = watermark_of(options);
  options.common.threads = 3;
  EXPECT_EQ(watermark_of(options).at("urn"), first.at("urn"));
  options.look.color = "reinhard";
  EXPECT_NE(watermark_of(options).at("urn"), first.at("urn"));
  options = delivery(sample);
  options.common.frames.frames = FrameSet::parse("0");
  EXPECT_NE(watermark_of(options).at("urn"), first.at("urn"));
}

TEST(MergeWatermark, IntermediatesAreMarkedOnRequestOnly) {
  const Sample sample({.frames = 2, .size = 128});
  MergeOptions options = delivery(sample, "plain.mkv");
  options.codec = "ffv1";
  const Json off = watermark_of(options);
  EXPECT_EQ(off.at("state"), "off");
  EXPECT_NE(off.at("reason").get<std::string>().find("ffv1"), std::string::npos);
  EXPECT_FALSE(recover_watermark(options.output));
  const cv::Mat plain = first_luma(options.output);

  options.watermark = true;
  options.output = sample.folder() / "marked.mkv";
  EXPECT_EQ(watermark_of(options).at("state"), "recovered");
  const cv::Mat marked = first_luma(options.output);
  const double difference = cv::norm(plain, marked, cv::NORM_L2) / std::sqrt(plain.total());
  EXPECT_GT(difference, 0.5);
  EXPECT_LT(difference, 2.6);

  options.output = sample.folder() / "pictures";
  options.codec = "png";
  EXPECT_EQ(watermark_of(options).at("state"), "recovered");
  EXPECT_TRUE(recover_watermark(options.output));
}

TEST(MergeWatermark, ThreadsChangeNoSample) {
  const Sample sample({.frames = 3, .size = 128});
  MergeOptions options = delivery(sample, "result.mkv");
  options.codec = "ffv1";
  options.watermark = true;
  std::vector<cv::Mat> lumas;
  for (const int threads : {1, 3}) {
    options.common.threads = threads;
    watermark_of(options);
    lumas.push_back(first_luma(options.output));
  }
  EXPECT_EQ(cv::norm(lumas[0], lumas[1], cv::NORM_INF), 0);
}

TEST(MergeWatermark, LeavingItOutNeedsAReason) {
  const Sample sample({.frames = 1, .size = 128});
  MergeOptions options = delivery(sample);
  options.no_watermark = true;
  std::string message;
  EXPECT_EQ(error_of(options, &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("reason"), std::string::npos);
  options.reason = "two\nlines";
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  options.reason = "an exhibit for the court";
  const Json off = watermark_of(options);
  EXPECT_EQ(off.at("state"), "off");
  EXPECT_EQ(off.at("reason"), options.reason);
  EXPECT_FALSE(recover_watermark(options.output));

  options.watermark = true;
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
  options.watermark = options.no_watermark = false;
  EXPECT_EQ(error_of(options), ErrorCode::kUsage) << "a reason for nothing";
}

TEST(MergeWatermark, WhatCannotBeReadAgainIsNotDelivered) {
  const Sample sample({.frames = 24, .size = 128});
  MergeOptions options = delivery(sample);
  options.quality = 51;
  std::string message;
  EXPECT_EQ(error_of(options, &message), ErrorCode::kResource);
  EXPECT_NE(message.find("watermark_unreadable"), std::string::npos);
  std::size_t left = 0;
  for (const auto& entry : fs::directory_iterator(sample.folder()))
    left += entry.path().filename() != "bruno";
  EXPECT_EQ(left, 0u);

  options.allow_weak_watermark = true;
  EXPECT_EQ(watermark_of(options).at("state"), "weak");
  EXPECT_TRUE(fs::exists(options.output));
}

TEST(MergeWatermark, AClipOfAFewFramesIsWeakWithoutBeingAsked) {
  const Sample sample({.frames = 3, .size = 128});
  MergeOptions options = delivery(sample);
  options.quality = 51;
  const Json weak = watermark_of(options);
  EXPECT_EQ(weak.at("state"), "weak");
  EXPECT_NE(weak.at("why").get<std::string>().find("3 frames"), std::string::npos);
  EXPECT_TRUE(fs::exists(options.output));
}

/// The sample's plate, marked as a delivery of `urn`.
fs::path marked_plate(const fs::path& folder, const std::string& urn) {
  const auto source = media::open_source(Sample::plate(), 1);
  const fs::path path = folder / "marked.mkv";
  media::SinkOptions options;
  options.codec = "ffv1";
  const auto sink = media::open_sink(path, source->info(), options);
  const provenance::Watermark watermark(provenance::watermark_id(urn), {480, 480},
                                        provenance::kVideoStrength);
  for (int i = 0; i < 12; ++i) {
    const auto frame = source->next();
    provenance::MarkedPlanes planes = marked_planes(frame->picture);
    watermark.mark(planes);
    sink->write(*frame);
  }
  sink->finish();
  return path;
}

provenance::DeliveryReport inspected(const fs::path& path, const Sample& sample) {
  Report report;
  DeliveryRules rules;
  rules.trust = provenance::c2pa::authority_root(sample.home() / "authority");
  rules.registry = sample.home() / "registry";
  return inspect_delivery(path, rules, report);
}

TEST(MergeWatermark, APlateThatIsMarkedAlreadyIsToldOf) {
  const TemporaryFolder place;
  const std::string urn = "urn:c2pa:another delivery";
  const std::string id = provenance::watermark_id_text(provenance::watermark_id(urn));
  const Sample sample({.frames = 6, .size = 128, .plate = marked_plate(place.path(), urn)});
  MergeOptions options = delivery(sample);
  QuietRun quiet;
  merge(options, quiet.run);
  const Json told = quiet.report.to_json().at("credentials").at("plate_watermark");
  EXPECT_EQ(told.at("id"), id);
  EXPECT_EQ(told.at("in_registry"), false);
  const auto delivered = inspected(options.output, sample);
  EXPECT_EQ(delivered.findings.watermark, provenance::PictureMark::kOfThis) << "the new mark is the one read";
  EXPECT_NE(provenance::delivery_text(delivered).find(id + ", in the maker's registry: unknown"),
            std::string::npos);

  write_file(options.signing.registry / (id + ".c2pa"), "a copy");
  options.codec = "ffv1";
  options.output = sample.folder() / "unmarked.mkv";
  EXPECT_EQ(watermark_of(options).at("state"), "off");
  const auto intermediate = inspected(options.output, sample);
  EXPECT_EQ(intermediate.findings.watermark, provenance::PictureMark::kOfPlate);
  EXPECT_EQ(provenance::verdict_of(intermediate.findings), provenance::Verdict::kOk);
  EXPECT_NE(provenance::delivery_text(intermediate).find(id + ", in the maker's registry: known"),
            std::string::npos);
}

}  // namespace
}  // namespace understudy::stages
