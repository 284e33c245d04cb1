#include <gtest/gtest.h>

#include "merge_sample.h"
#include "understudy/core/json.h"
#include "understudy/provenance/c2pa/jumbf.h"
#include "understudy/provenance/c2pa/sign.h"
#include "understudy/provenance/c2pa/validator.h"
#include "understudy/stages/merge_delivery.h"
#include "understudy/stages/merge_digests.h"

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

TEST(MergeSign, SaysWhichFramesWereChanged) {
  using Spans = std::vector<c2pa::ChangedSpan>;
  const auto flat = [](const Spans& spans) {
    std::vector<double> out;
    for (const auto& span : spans) out.insert(out.end(), {span.first, span.last});
    return out;
  };
  const std::vector<ChangedFrame> frames = {{0, 0, 0.5}, {1, 0.5, 1}, {4, 2, 2.5}};
  EXPECT_EQ(flat(changed_spans(frames, true)), (std::vector<double>{0, 1, 2, 2.5}));
  EXPECT_EQ(flat(changed_spans(frames, false)), (std::vector<double>{0, 1, 4, 4}));
  EXPECT_TRUE(changed_spans({}, true).empty());
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
  EXPECT_EQ(digests.changed, (std::vector<std::int64_t>{0, 2, 3}));
  ASSERT_EQ(digests.pictures.size(), 4u);
  EXPECT_EQ(digests.pictures[1].file, "frame.0001.png");
  EXPECT_EQ(digests.pictures[1].sha256, sha256_file(sample.folder() / "pictures" / "frame.0001.png"));
  EXPECT_EQ(validated(file, sample).state, c2pa::State::kTrusted);
}

TEST(MergeSign, TheLastPartOfASequenceSignsIt) {
  const Sample sample({.frames = 4});
  MergeOptions options = delivery(sample, "parts", "png");
  const fs::path file = options.output / "digests.json";
  std::vector<std::string> urns;
  for (const std::int64_t index : {3, 1, 2}) {
    EXPECT_FALSE(fs::exists(file));
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
  EXPECT_FALSE(fs::exists(options.output / "digests.json"));
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
