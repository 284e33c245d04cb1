#include "understudy/provenance/c2pa/sign.h"

#include <gmock/gmock.h>

#include "unit/provenance/c2pa/media_files.h"
#include "unit/provenance/c2pa/signers.h"

namespace understudy::provenance::c2pa {
namespace {

namespace fs = std::filesystem;

Delivery sample_delivery() {
  Delivery delivery;
  delivery.urn = delivery_urn("a plate and a model");
  delivery.title = "result.mp4";
  delivery.program_version = "0.1.0";
  delivery.when = kNoon;
  delivery.plate = {"Plate", "video/mp4", std::string(64, 'a')};
  delivery.inputs = {{"Model of the likeness", "", std::string(64, 'e')},
                     {"Dataset", "", std::string(64, 'd')}};
  delivery.inputs[0].data_type = "c2pa.types.model";
  delivery.inputs[1].data_type = "c2pa.types.dataset";
  delivery.consents = {sample_summary()};
  delivery.changed = {{0, 0.2}, {0.3, 0.5}};
  delivery.watermark = SoftBinding{"org.understudy.wm.1", "12345678"};
  delivery.settings = {{"codec", "h264"}, {"seed", "0"}};
  return delivery;
}

class SignedFiles : public MediaFiles {
 protected:
  SignedFiles() {
    write("key.pem", key_.private_pem());
    write("chain.pem", authority_.leaf(key_).pem());
  }
  TestAuthority authority_;
  Key key_ = Key::generate("es256");
  Signer signer_{key_, {authority_.leaf(key_)}};
};

TEST(DeliveryUrn, IsAUuidOfWhatIdentifiesTheDelivery) {
  EXPECT_EQ(delivery_urn("x"), delivery_urn("x"));
  EXPECT_NE(delivery_urn("x"), delivery_urn("y"));
  for (int i = 0; i < 20; ++i) {
    const std::string urn = delivery_urn(std::to_string(i));
    EXPECT_THAT(urn, testing::MatchesRegex(
                         "urn:c2pa:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  }
  EXPECT_EQ(delivery_id("urn:c2pa:x").size(), 11u);
}

TEST_F(SignedFiles, HoldTheirStoreAndPlayAsBefore) {
  const std::string file = make("clip.mp4", "-c:v libx264 -c:a aac");
  const std::string before = frames_of(file);
  const std::string store = sign_file(file, sample_delivery(), signer_);
  EXPECT_EQ(before, frames_of(file));
  EXPECT_EQ(find_store(FileView(file), AssetKind::kBmff, "x")->store, store);
  EXPECT_TRUE(contains(store, "compositeWithTrainedAlgorithmicMedia"));
  EXPECT_EQ(caught([&] { sign_file(file, sample_delivery(), signer_); }).code, 4);
}

TEST_F(SignedFiles, NamesStayOutUnlessTheyMayBeTold) {
  const std::string file = make("clip.mkv", "-c:v ffv1");
  Delivery delivery = sample_delivery();
  const std::string silent = sign_sidecar(file, delivery, signer_);
  for (const char* secret : {"Ada", "signed.pdf", "feature film", "/tmp"})
    EXPECT_FALSE(contains(silent, secret)) << secret;
  EXPECT_FALSE(contains(silent, delivery.consents[0].sha256));
  delivery.consents[0].public_credit = true;
  EXPECT_TRUE(contains(sign_sidecar(file, delivery, signer_), "Ada Exämple"));
}

TEST_F(SignedFiles, APlatesManifestsAreCarriedAlong) {
  const std::string first = make("first.mp4", "-c:v libx264"), second = make("second.mp4", "-c:v libx264");
  Delivery delivery = sample_delivery();
  const std::string store = sign_file(first, delivery, signer_);
  EXPECT_TRUE(contains(caught([&] {
                         Delivery same = delivery;
                         same.plate.store = store;
                         sign_file(second, same, signer_);
                       }).message,
                       "this very delivery"));
  delivery.plate.store = store;
  delivery.plate.validation = Cbor::Map{};
  delivery.urn = delivery_urn("another");
  const std::string both = sign_file(second, delivery, signer_);
  EXPECT_TRUE(contains(both, "activeManifest"));
  EXPECT_TRUE(contains(both, store.substr(40)));
}

TEST_F(SignedFiles, WhatCannotBeSignedStaysAsItWas) {
  const std::string mkv = make("clip.mkv", "-c:v ffv1");
  EXPECT_FALSE(holds_manifest(mkv));
  const std::string before = read_file(mkv);
  EXPECT_EQ(caught([&] { sign_file(mkv, sample_delivery(), signer_); }).code, 4);
  const std::string fragmented =
      make("parts.mp4", "-c:v libx264 -movflags frag_keyframe+empty_moov+default_base_moof");
  const Caught error = caught([&] { sign_file(fragmented, sample_delivery(), signer_); });
  EXPECT_TRUE(contains(error.message, "only flat")) << error.message;
  EXPECT_EQ(read_file(mkv), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 4);  // nothing half-done is left
}

}  // namespace
}  // namespace understudy::provenance::c2pa
