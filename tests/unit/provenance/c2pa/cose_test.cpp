#include "understudy/provenance/c2pa/cose.h"

#include "unit/provenance/c2pa/signers.h"

namespace understudy::provenance::c2pa {
namespace {

class Signatures : public testing::TestWithParam<const char*> {};

TEST_P(Signatures, HoldForTheirMessageAlone) {
  const Key key = Key::generate(GetParam());
  EXPECT_EQ(algorithm_of(key, "x"), GetParam());
  const Algorithm& algorithm = algorithms().at(GetParam());
  const std::string signature = sign(key, algorithm, "message");
  const Key as_read = Key::parse_public(key.public_pem(), "x");
  EXPECT_TRUE(verifies(as_read, algorithm, "message", signature));
  EXPECT_FALSE(verifies(as_read, algorithm, "massage", signature));
  EXPECT_FALSE(verifies(Key::generate(GetParam()), algorithm, "message", signature));
  EXPECT_FALSE(verifies(as_read, algorithm, "message", signature.substr(1)));
  EXPECT_FALSE(verifies(as_read, algorithm, "message", ""));
  std::string broken = signature;
  broken[10] ^= 1;
  EXPECT_FALSE(verifies(as_read, algorithm, "message", broken));
  for (const auto& other : algorithms()) {
    if (other.name == GetParam()) continue;
    EXPECT_FALSE(verifies(as_read, other.value, "message", signature)) << other.name;
  }
}

TEST_P(Signatures, TravelInCose) {
  const Signer signer = sample_signer(GetParam());
  const std::string bytes = sign_cose(signer.key, signer.chain, "the claim");
  EXPECT_EQ(bytes[0], '\xd2');
  EXPECT_EQ(sign_cose(signer.key, signer.chain, "another claim, longer").size(), bytes.size());
  const CoseSign1 cose = parse_cose(bytes, "x");
  EXPECT_EQ(cose.algorithm, GetParam());
  ASSERT_EQ(cose.chain.size(), 1u);
  EXPECT_EQ(cose.chain[0].der(), signer.chain[0].der());
  EXPECT_TRUE(cose_verifies(cose, cose.chain[0].public_key(), "the claim"));
  EXPECT_FALSE(cose_verifies(cose, cose.chain[0].public_key(), "the blame"));
}

INSTANTIATE_TEST_SUITE_P(All, Signatures, testing::Values("es256", "ps256", "ed25519"));

TEST(Cose, SizesAreThoseOfTheStandard) {
  const auto length = [](const char* name) {
    return sign(Key::generate(name), algorithms().at(name), "x").size();
  };
  for (int i = 0; i < 50; ++i) EXPECT_EQ(length("es256"), 64u);  // numbers with leading zeros, too
  EXPECT_EQ(length("ed25519"), 64u);
  EXPECT_EQ(length("ps256"), 384u);
}

TEST(Cose, WithoutCertificates) {
  const Key key = Key::generate("ed25519");
  const CoseSign1 cose = parse_cose(sign_cose(key, {}, "record"), "x");
  EXPECT_TRUE(cose.chain.empty());
  EXPECT_TRUE(cose_verifies(cose, key, "record"));
}

TEST(Cose, RefusesOtherForms) {
  const Cbor header = Cbor::bytes(encode_cbor(Cbor::Map{{1, -7}}));
  const auto of = [&](Cbor protected_part, Cbor payload = nullptr) {
    return Cbor(Cbor::Array{std::move(protected_part), Cbor::Map{}, std::move(payload), Cbor::bytes("s")});
  };
  EXPECT_EQ(parse_cose(encode_cbor(of(header)), "x").algorithm, "es256");
  const std::pair<Cbor, const char*> bad[] = {
      {Cbor::tagged(17, of(header)), "tag is 17"},
      {Cbor::Array{header, Cbor::Map{}, nullptr}, "array of four"},
      {of(header, Cbor::bytes("payload")), "payload of its own"},
      {of(Cbor::Map{}), "wrong types"},
      {of(Cbor::bytes(encode_cbor(Cbor::Map{{1, -257}}))), "algorithm is missing or unknown"},
      {of(Cbor::bytes(encode_cbor(Cbor::Map{{1, -7}, {2, Cbor::Array{1}}}))), "critical"},
      {of(Cbor::bytes(encode_cbor(Cbor::Map{{1, -7}, {33, 5}}))), "no byte string"},
      {of(Cbor::bytes(encode_cbor(Cbor::Map{{1, -7}, {33, Cbor::bytes("x")}}))), "no X.509"},
  };
  for (const auto& [item, why] : bad) {
    const Caught error = caught([&] { parse_cose(encode_cbor(item), "the signature"); });
    EXPECT_EQ(error.code, 4) << why;
    EXPECT_TRUE(contains(error.message, why)) << error.message;
  }
}

}  // namespace
}  // namespace understudy::provenance::c2pa
