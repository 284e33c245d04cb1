#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "merge_sample.h"
#include "understudy/core/json.h"
#include "understudy/media/sink.h"
#include "understudy/provenance/c2pa/jumbf.h"
#include "understudy/provenance/c2pa/sign.h"
#include "understudy/provenance/c2pa/validator.h"
#include "understudy/stages/merge_delivery.h"
#include "understudy/stages/merge_digests.h"
#include "understudy/stages/registry.h"
#include "understudy/stages/verify_delivery.h"

namespace understudy::stages {
namespace {

namespace c2pa = provenance::c2pa;

/// Merges, and what the report says of the credentials.
Json merged(const MergeOptions& options) {
  QuietRun quiet;
  merge(options, quiet.run);
  return quiet.report.to_json().at("credentials");
}

std::vector<c2pa::Certificate> roots(const Sample& sample) {
  return c2pa::parse_certificates(read_file(c2pa::authority_root(sample.home() / "authority")), "root");
}

c2pa::Validation validated(const fs::path& file, const Sample& sample) {
  return c2pa::validate_file(file, {roots(sample), c2pa::now_utc()}).value();
}

MergeOptions delivery(const Sample& sample, const std::string& output, const std::string& codec) {
  MergeOptions options = sample.options();
  options.matte.clear();
  options.output = sample.folder() / output;
  options.codec = codec;
  return options;
}

void append_to(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary | std::ios::app) << bytes;
}

TEST(MergeSign, VideosCarryTheirCredentials) {
  const Sample sample({.frames = 6, .without_face = 2});
  for (const auto& [output, codec] :
       {std::pair{"out.mp4", "h264"}, {"out.mov", "prores"}, {"out.mkv", "ffv1"}}) {
    const MergeOptions options = delivery(sample, output, codec);
    const Json told = merged(options);
    const c2pa::Validation found = validated(options.output, sample);
    EXPECT_EQ(found.failures(), std::vector<std::string>{}) << output;
    EXPECT_EQ(found.state, c2pa::State::kTrusted);
    EXPECT_EQ(found.manifests.back().label, told.at("urn"));
    EXPECT_EQ(found.manifests.back().title, output);
    EXPECT_EQ(told.at("self_issued"), true);
    EXPECT_EQ(fs::exists(c2pa::sidecar_of(options.output)), std::string(codec) == "ffv1");
    const std::string copy =
        read_file(options.signing.registry / (c2pa::delivery_id(std::string(told.at("urn"))) + ".c2pa"));
    EXPECT_NE(copy.find("org.understudy.consent"), std::string::npos);
    EXPECT_EQ(copy.find("bruno"), std::string::npos) << "names stay out";
    EXPECT_EQ(copy.find(sample.folder().string()), std::string::npos) << "paths stay out";
  }
}

TEST(MergeSign, WhateverCanBeWrittenIsSigned) {
  for (const auto& codec : media::codecs()) {
    SCOPED_TRACE(codec.name);
    const Sample sample({.frames = 2});
    const bool is_sequence = codec.value.is_sequence;
    const MergeOptions options =
        delivery(sample, is_sequence ? "pictures" : "out" + codec.value.extensions.front(), codec.name);
    merged(options);
    const fs::path bound = is_sequence ? options.output / "digests.json" : options.output;
    EXPECT_EQ(validated(bound, sample).state, c2pa::State::kTrusted);
    if (!is_sequence) continue;
    EXPECT_EQ(digests_from_json(read_json_file(bound), "x").pictures.size(), 2u);
  }
}

TEST(MergeSign, SaysWhereFacesWereChanged) {
  const auto flat = [](const std::vector<c2pa::ChangedRegion>& regions) {
    std::vector<std::vector<double>> out;
    for (const auto& [first, last, box] : regions) {
      out.push_back({first, last});
      if (box)
        for (const int number : {box->x, box->y, box->width, box->height}) out.back().push_back(number);
    }
    return out;
  };
  using Flat = std::vector<std::vector<double>>;
  std::vector<ChangedFrame> frames = {{0, 0, 0.5, {{"a", {10, 10, 10, 10}}}},
                                      {1, 0.5, 1, {{"a", {12, 11, 10, 10}}, {"b", {70, 20, 10, 10}}}},
                                      {4, 2, 2.5, {{"a", {12, 11, 10, 10}}}}};
  EXPECT_EQ(flat(changed_regions(frames, true)),
            (Flat{{0, 1, 10, 10, 12, 11}, {0.5, 1, 70, 20, 10, 10}, {2, 2.5, 12, 11, 10, 10}}));
  EXPECT_EQ(flat(changed_regions(frames, false)),
            (Flat{{0, 1, 10, 10, 12, 11}, {1, 1, 70, 20, 10, 10}, {4, 4, 12, 11, 10, 10}}));
  frames[1].faces[0].box = {30, 10, 10, 10};
  EXPECT_EQ(changed_regions(frames, true).size(), 4u) << "a face that went far gets a second box";
  EXPECT_EQ(flat(changed_regions({{3, 0, 0, {}}, {4, 0, 0, {}}}, false)), (Flat{{3, 4}}));
  EXPECT_TRUE(changed_regions({}, true).empty());
}

TEST(MergeSign, AFewHundredRegionsAreEnough) {
  std::vector<ChangedFrame> frames;
  for (int i = 0; i < 2000; ++i) frames.push_back({i, 0, 0, {{"a", {i % 2 * 100, 0, 10, 10}}}});
  const auto regions = changed_regions(frames, false);
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(regions[0].box->width, 110);
}

TEST(MergeSign, TheRegionsHoldAllThatTheMatteDoes) {
  const Sample sample({.frames = 3});
  MergeOptions options = delivery(sample, "pictures", "png");
  options.matte = sample.folder() / "mattes";
  merged(options);
  const PictureDigests digests = digests_from_json(read_json_file(options.output / "digests.json"), "x");
  ASSERT_EQ(digests.changed.size(), 3u);
  const auto mattes = read_frames(options.matte, 3);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(digests.changed[i].faces.size(), 1u);
    EXPECT_EQ(digests.changed[i].faces[0].box, cv::boundingRect(mattes[i].picture.plane(0)));
  }
}

TEST(MergeSign, TheNameIsTheSameForTheSameDelivery) {
  const Sample sample({.frames = 2});
  MergeOptions options = delivery(sample, "out.mkv", "ffv1");
  const Json first = merged(options);
  options.output = sample.folder() / "elsewhere.mkv";
  options.common.threads = 1;
  EXPECT_EQ(merged(options).at("urn"), first.at("urn"));
  options.common.seed = 5;
  EXPECT_NE(merged(options).at("urn"), first.at("urn"));
}

TEST(MergeSign, AChangedFileIsSeen) {
  const Sample sample({.frames = 2});
  const MergeOptions video = delivery(sample, "out.mp4", "h264"),
                     lossless = delivery(sample, "out.mkv", "ffv1");
  for (const MergeOptions& options : {video, lossless}) {
    merged(options);
    append_to(options.output, c2pa::box_bytes("free", ""));
    EXPECT_EQ(validated(options.output, sample).state, c2pa::State::kInvalid) << options.output;
  }
}

TEST(MergeSign, PicturesAreSignedByTheirDigests) {
  const Sample sample({.frames = 4, .without_face = 1});
  MergeOptions options = delivery(sample, "pictures/frame.####.png", "png");
  options.bridge = 0;
  merged(options);
  const fs::path file = sample.folder() / "pictures" / "frame.digests.json";
  const PictureDigests digests = digests_from_json(read_json_file(file), "x");
  EXPECT_EQ(digests.frames, (std::vector<std::int64_t>{0, 1, 2, 3}));
  std::vector<std::int64_t> changed;
  for (const ChangedFrame& frame : digests.changed) changed.push_back(frame.number);
  EXPECT_EQ(changed, (std::vector<std::int64_t>{0, 2, 3}));
  ASSERT_EQ(digests.pictures.size(), 4u);
  EXPECT_EQ(digests.pictures[1].file, "frame.0001.png");
  EXPECT_EQ(digests.pictures[1].sha256, sha256_file(sample.folder() / "pictures" / "frame.0001.png"));
  EXPECT_EQ(validated(file, sample).state, c2pa::State::kTrusted);
}

TEST(MergeSign, DigestsOfTheFirstVersionAreRead) {
  const PictureDigests digests =
      digests_from_json(read_json_file(fs::path(TEST_DATA) / "digests-v1" / "frame.digests.json"), "x");
  EXPECT_EQ(digests.frames, (std::vector<std::int64_t>{1001, 1002}));
  ASSERT_EQ(digests.changed.size(), 1u);
  EXPECT_EQ(digests.changed[0].number, 1002);
  EXPECT_TRUE(digests.changed[0].faces.empty());
  EXPECT_EQ(digests.pictures.at(1).file, "frame.1002.exr");
}

TEST(MergeSign, DigestsWhoseBoxesLieInNoPictureAreRefused) {
  const auto with_box = [](const Json& box) {
    return Json{{"format", "understudy-digests"},
                {"version", 2},
                {"urn", "urn:c2pa:1"},
                {"frames", {1, 2}},
                {"changed",
                 {{{"frame", 1}, {"faces", {{{"track", "a"}, {"box", {0, 0, 9, 9}}}}}},
                  {{"frame", 2}, {"faces", {{{"track", "a"}, {"box", box}}}}}}},
                {"pictures", Json::array()}};
  };
  const Json wide = {0, 0, 1 << 29, 1 << 29};
  EXPECT_EQ(changed_regions(digests_from_json(with_box(wide), "x").changed, false).size(), 2u);
  for (const Json& box : {Json({1, 2, 3}), Json({-1, 0, 5, 5}), Json({0, 0, 0, 5}),
                          Json({0, 0, 2147483647, 5}), Json({0, 0, 5.5, 5})}) {
    try {
      digests_from_json(with_box(box), "x");
      ADD_FAILURE() << box;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat) << box;
    }
  }
}

TEST(MergeSign, TheLastPartOfASequenceSignsIt) {
  const Sample sample({.frames = 4});
  MergeOptions options = delivery(sample, "parts", "png");
  const fs::path file = options.output / "digests.json";
  std::vector<std::string> urns;
  for (const std::int64_t index : {3, 1, 2}) {
    EXPECT_TRUE(!fs::exists(file) || is_unfinished_list(file));
    options.common.frames.shard = FrameSelection::Part{index, 3};
    urns.push_back(merged(options).at("urn"));
  }
  EXPECT_EQ(validated(file, sample).state, c2pa::State::kTrusted);
  const PictureDigests parts = digests_from_json(read_json_file(file), "x");
  options.common.frames.shard.reset();
  options.output = sample.folder() / "whole";
  urns.push_back(merged(options).at("urn"));
  EXPECT_EQ(digests_from_json(read_json_file(options.output / "digests.json"), "x"), parts);
  for (const std::string& urn : urns) EXPECT_EQ(urn, urns.front());
}

TEST(MergeSign, APartThatWasChangedIsNotSigned) {
  const Sample sample({.frames = 2});
  MergeOptions options = delivery(sample, "parts", "png");
  options.common.frames.shard = FrameSelection::Part{1, 2};
  merged(options);
  append_to(options.output / "000000.png", "more");
  options.common.frames.shard = FrameSelection::Part{2, 2};
  std::string message;
  EXPECT_EQ(error_of(options, &message), ErrorCode::kFormat);
  EXPECT_NE(message.find("were changed since they were merged"), std::string::npos) << message;
  EXPECT_TRUE(is_unfinished_list(options.output / "digests.json"));
}

TEST(MergeSign, AStoppedMergeIsNotTakenForTheOneBefore) {
  const Sample sample({.frames = 3});
  MergeOptions options = delivery(sample, "pictures", "png");
  options.elements = sample.folder() / "elements";
  merged(options);
  QuietRun stopped;
  stopped.run.cancel.request_stop();
  EXPECT_TRUE(merge(options, stopped.run).stopped);
  for (const fs::path& folder : {options.output, options.elements}) {
    EXPECT_TRUE(is_unfinished_list(folder / "digests.json")) << folder;
    EXPECT_FALSE(fs::exists(folder / "digests.json.c2pa")) << folder;
  }
  Report report;
  const auto found = inspect_delivery(options.output, {}, report);
  EXPECT_EQ(provenance::verdict_of(found.findings), provenance::Verdict::kUnknown);
  EXPECT_NE(provenance::delivery_text(found).find("was stopped before its end"), std::string::npos);
  merged(options);
  for (const fs::path& folder : {options.output, options.elements})
    EXPECT_EQ(validated(folder / "digests.json", sample).state, c2pa::State::kTrusted) << folder;
}

TEST(MergeSign, PartsOfAVideoHaveEntriesOfTheirOwn) {
  const Sample sample({.frames = 4});
  MergeOptions options = delivery(sample, "part1.mp4", "h264");
  std::string id;
  for (const std::int64_t index : {1, 2}) {
    options.common.frames.shard = FrameSelection::Part{index, 2};
    options.output = sample.folder() / text("part", index, ".mp4");
    id = c2pa::delivery_id(std::string(merged(options).at("urn")));
  }
  const auto copies = registry_copies(options.signing.registry, id);
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[0].filename(), id + "-000000-000001.c2pa");
  EXPECT_EQ(copies[1].filename(), id + "-000002-000003.c2pa");
  EXPECT_NE(read_file(copies[0]), read_file(copies[1]));
  EXPECT_TRUE(registry_copies(sample.folder() / "none", id).empty());
}

TEST(MergeSign, WipesAndElementsAndPreviewsAreSigned) {
  const Sample sample({.frames = 3});
  MergeOptions options = delivery(sample, "out.mp4", "h264");
  options.wipe = sample.folder() / "wipe.mp4";
  options.elements = sample.folder() / "elements";
  const std::string urn = merged(options).at("urn");
  const c2pa::Validation wipe = validated(options.wipe, sample);
  EXPECT_EQ(wipe.state, c2pa::State::kTrusted);
  EXPECT_EQ(wipe.manifests.back().title, "wipe.mp4");
  EXPECT_NE(wipe.manifests.back().label, urn);
  Report report;
  DeliveryRules rules;
  rules.trust = c2pa::authority_root(sample.home() / "authority");
  const auto seen = inspect_delivery(options.wipe, rules, report);
  EXPECT_NE(seen.findings.watermark, provenance::PictureMark::kOfAnother);
  EXPECT_EQ(provenance::verdict_of(seen.findings), provenance::Verdict::kOk);
  EXPECT_EQ(validated(options.elements / "digests.json", sample).state, c2pa::State::kTrusted);
  EXPECT_EQ(digests_from_json(read_json_file(options.elements / "digests.json"), "x").pictures.size(), 3u);

  MergeOptions sheet = delivery(sample, "sheet.png", "");
  sheet.common.frames = {};
  sheet.preview = {1};
  merged(sheet);
  const c2pa::Validation found = validated(sheet.output, sample);
  EXPECT_EQ(found.state, c2pa::State::kTrusted);
  EXPECT_EQ(found.manifests.back().title, "sheet.png");
}

TEST(MergeSign, AGivenKeySigns) {
  const Sample sample({.frames = 2});
  MergeOptions options = delivery(sample, "out.mp4", "h264");
  const c2pa::Key root_key = c2pa::Key::generate("es256"), key = c2pa::Key::generate("ed25519");
  const c2pa::Seconds now = c2pa::now_utc(), until = now + std::chrono::days(90);
  const auto root = c2pa::make_root({"Studio", "Studio root", now, until}, root_key);
  const auto leaf = c2pa::make_leaf({"Studio", "Studio signer", now, until}, key, root, root_key);
  options.signing.key = sample.folder() / "studio.key";
  options.signing.certificate = sample.folder() / "studio.pem";
  write_file(options.signing.key, key.private_pem());
  EXPECT_EQ(error_of(options), ErrorCode::kInput);
  write_file(options.signing.certificate, root.pem());
  EXPECT_EQ(error_of(options), ErrorCode::kFormat);
  write_file(options.signing.certificate, leaf.pem() + root.pem());
  EXPECT_EQ(merged(options).at("signer"), "Studio signer");
  EXPECT_FALSE(fs::exists(options.signing.authority));
  const auto found = c2pa::validate_file(options.output, {{root}, now}).value();
  EXPECT_EQ(found.state, c2pa::State::kTrusted);
  EXPECT_EQ(found.manifests.back().algorithm, "ed25519");
  options.signing.certificate.clear();
  EXPECT_EQ(error_of(options), ErrorCode::kUsage);
}

TEST(MergeSign, NothingIsWrittenWhenSigningFails) {
  const Sample sample({.frames = 2});
  MergeOptions options = delivery(sample, "out.mp4", "h264");
  const std::string id = c2pa::delivery_id(std::string(merged(options).at("urn")));
  const fs::path copy = options.signing.registry / (id + ".c2pa");
  fs::remove(copy);
  fs::create_directories(copy / "in the way");
  options.output = sample.folder() / "new.mp4";
  error_of(options);
  EXPECT_FALSE(fs::exists(options.output));
  for (const auto& entry : fs::directory_iterator(sample.folder()))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".tmp-")) << entry.path();
}

/// A copy of the sample's plate with credentials of its own.
fs::path signed_plate(const fs::path& folder) {
  const fs::path plate = folder / "plate.mp4";
  fs::copy_file(Sample::plate(), plate);
  c2pa::Delivery delivery;
  delivery.urn = c2pa::delivery_urn("a plate");
  delivery.title = "plate.mp4";
  delivery.when = c2pa::now_utc();
  delivery.plate = {"Camera original", "video/mp4", std::string(64, 'c')};
  c2pa::sign_file(plate, delivery, c2pa::local_signer(folder / "authority", delivery.when));
  return plate;
}

TEST(MergeSign, APlatesOwnCredentialsAreCarriedAlong) {
  const TemporaryFolder place;
  const fs::path plate = signed_plate(place.path());
  const Sample sample({.frames = 2, .plate = plate});
  const MergeOptions options = delivery(sample, "out.mp4", "h264");
  merged(options);
  const c2pa::Validation found = validated(options.output, sample);
  EXPECT_EQ(found.state, c2pa::State::kTrusted);
  ASSERT_EQ(found.manifests.size(), 2u);
  EXPECT_EQ(found.manifests.front().label, c2pa::delivery_urn("a plate"));
}

TEST(MergeSign, APlateWithInvalidCredentialsIsRefusedUnlessAccepted) {
  const TemporaryFolder place;
  const fs::path plate = signed_plate(place.path());
  append_to(plate, c2pa::box_bytes("free", "changed"));
  const Sample sample({.frames = 2, .plate = plate});
  MergeOptions options = delivery(sample, "out.mp4", "h264");
  std::string message;
  EXPECT_EQ(error_of(options, &message), ErrorCode::kFormat);
  EXPECT_NE(message.find("input_manifest_invalid"), std::string::npos) << message;
  options.signing.accept_invalid_ingredient = true;
  merged(options);
  const c2pa::Validation found = validated(options.output, sample);
  EXPECT_NE(found.state, c2pa::State::kInvalid);
  ASSERT_EQ(found.manifests.back().ingredients.size(), 2u);
  EXPECT_TRUE(found.manifests.back().ingredients[0].known_failures.contains("assertion.bmffHash.mismatch"));
}

}  // namespace
}  // namespace understudy::stages
