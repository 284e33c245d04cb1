#include "understudy/provenance/c2pa/trust.h"

#include <gmock/gmock.h>

#include <functional>

#include "understudy/provenance/c2pa/signer.h"
#include "unit/provenance/c2pa/made_certificates.h"
#include "unit/provenance/sample.h"

using testing::ElementsAreArray;

namespace understudy::provenance::c2pa {
namespace {

std::vector<std::string> codes(const std::vector<Status>& list) {
  std::vector<std::string> out;
  for (const Status& each : list) out.push_back(each.code);
  return out;
}

const std::vector<std::string> kTrusted;
const std::vector<std::string> kUntrusted = {"signingCredential.untrusted"};
const std::vector<std::string> kInvalid = {"signingCredential.invalid", "signingCredential.untrusted"};
const std::vector<std::string> kExpired = {"signingCredential.expired", "signingCredential.untrusted"};

std::vector<Certificate> parsed(const std::vector<std::string>& ders) {
  std::vector<Certificate> out;
  for (const std::string& der : ders) out.push_back(Certificate::parse_der(der, "a test's"));
  return out;
}

struct Row {
  const char* what;
  std::function<void(Wanted&)> change;
  std::vector<std::string> failures;
};

/// A leaf of a trusted root that differs from a good one in one thing.
const std::vector<Row> kLeaves = {
    {"good", [](Wanted&) {}, kTrusted},
    {"Ed25519", [](Wanted& w) { w.kind = "ED25519"; }, kTrusted},
    {"RSA of 2048 bits", [](Wanted& w) { w.kind = "RSA-2048"; }, kTrusted},
    {"emailProtection alone", [](Wanted& w) { w.extended = "emailProtection"; }, kTrusted},
    {"documentSigning", [](Wanted& w) { w.extended = "1.3.6.1.5.5.7.3.36"; }, kTrusted},
    {"RSA of 1024 bits", [](Wanted& w) { w.kind = "RSA-1024"; }, kInvalid},
    {"another curve", [](Wanted& w) { w.kind = "P-224"; }, kInvalid},
    {"SHA-1", [](Wanted& w) { w.digest = EVP_sha1(); }, kInvalid},
    {"version 1", [](Wanted& w) { w.version = X509_VERSION_1; }, kInvalid},
    {"a CA", [](Wanted& w) { w.basic = "critical,CA:TRUE"; }, kInvalid},
    {"no key usage", [](Wanted& w) { w.key_usage = ""; }, kInvalid},
    {"another key usage", [](Wanted& w) { w.key_usage = "critical,keyEncipherment"; }, kInvalid},
    {"may sign certificates", [](Wanted& w) { w.key_usage = "critical,digitalSignature,keyCertSign"; },
     kInvalid},
    {"no extended usage", [](Wanted& w) { w.extended = ""; }, kInvalid},
    {"any extended usage", [](Wanted& w) { w.extended = "anyExtendedKeyUsage,emailProtection"; }, kInvalid},
    {"code signing", [](Wanted& w) { w.extended = "codeSigning"; }, kInvalid},
    {"claim signing alone", [](Wanted& w) { w.extended = "1.3.6.1.4.1.62558.2.1"; }, kInvalid},
    {"time-stamping", [](Wanted& w) { w.extended = "emailProtection,timeStamping"; }, kInvalid},
    {"OCSP", [](Wanted& w) { w.extended = "emailProtection,OCSPSigning"; }, kInvalid},
    {"no authority key", [](Wanted& w) { w.authority = ""; }, kInvalid},
    {"expired", [](Wanted& w) { w.from_day = -20, w.until_day = -10; }, kExpired},
    {"not yet valid", [](Wanted& w) { w.from_day = 10; }, kExpired},
};

class Trust : public TemporaryFolder {
 protected:
  static std::vector<std::string> failures(const std::vector<std::string>& chain,
                                           const std::vector<std::string>& roots, int days_later = 0) {
    const Findings found =
        check_signer(parsed(chain), parsed(roots), now_utc() + std::chrono::days(days_later), "self#x");
    EXPECT_EQ(found.success.size(), found.failure.empty() ? 1U : 0U);
    for (const Status& each : found.failure) EXPECT_FALSE(each.explanation.empty());
    return codes(found.failure);
  }
  const Made root_ = make_certificate(wanted_ca("Root"));
};

TEST_F(Trust, LeafByLeaf) {
  for (const Row& row : kLeaves) {
    SCOPED_TRACE(row.what);
    Wanted wanted;
    row.change(wanted);
    EXPECT_THAT(failures({make_certificate(wanted, &root_).der()}, {root_.der()}),
                ElementsAreArray(row.failures));
  }
}

TEST_F(Trust, AreTrustedOnlyThroughARootThatWasGiven) {
  const std::string leaf = make_certificate({}, &root_).der();
  const Made foreign = make_certificate(wanted_ca("Root"));  // of the same name
  EXPECT_THAT(failures({leaf}, {}), ElementsAreArray(kUntrusted));
  EXPECT_THAT(failures({leaf}, {foreign.der()}), ElementsAreArray(kUntrusted));
  EXPECT_THAT(failures({leaf, foreign.der()}, {root_.der()}), ElementsAreArray(kTrusted));
  EXPECT_THAT(failures({leaf}, {foreign.der(), root_.der()}), ElementsAreArray(kTrusted));
  EXPECT_THAT(failures({leaf, root_.der()}, {}), ElementsAreArray(kUntrusted))
      << "a chain cannot bring its own root";
  EXPECT_THAT(failures({leaf}, {leaf}), ElementsAreArray(kUntrusted)) << "a leaf is no root";
  EXPECT_THAT(failures({make_certificate({}).der()}, {root_.der()}), ElementsAreArray(kUntrusted))
      << "self-signed";
}

TEST_F(Trust, FollowIntermediates) {
  const Made between = make_certificate(wanted_ca("Between"), &root_);
  const std::string leaf = make_certificate({}, &between).der();
  EXPECT_THAT(failures({leaf, between.der()}, {root_.der()}), ElementsAreArray(kTrusted));
  EXPECT_THAT(failures({leaf}, {root_.der()}), ElementsAreArray(kUntrusted)) << "the intermediate is missing";
  const Made no_ca = make_certificate({}, &root_);
  EXPECT_THAT(failures({make_certificate({}, &no_ca).der(), no_ca.der()}, {root_.der()}),
              ElementsAreArray(kUntrusted))
      << "a leaf cannot issue";
}

TEST_F(Trust, CountTheDay) {
  const std::string leaf = make_certificate({}, &root_).der();
  EXPECT_THAT(failures({leaf}, {root_.der()}, 999), ElementsAreArray(kTrusted));
  EXPECT_THAT(failures({leaf}, {root_.der()}, 1001), ElementsAreArray(kExpired));
  EXPECT_THAT(failures({leaf}, {root_.der()}, -2), ElementsAreArray(kExpired));
  Wanted short_lived = wanted_ca("Short");
  short_lived.until_day = 100;
  const Made old = make_certificate(short_lived);
  EXPECT_THAT(failures({make_certificate({}, &old).der()}, {old.der()}, 101), ElementsAreArray(kUntrusted))
      << "the root expired";
}

TEST_F(Trust, RefusesWhatIsNone) {
  const std::string leaf = make_certificate({}, &root_).der();
  EXPECT_THAT(failures({}, {root_.der()}), ElementsAreArray(kInvalid));
  EXPECT_THAT(failures(std::vector<std::string>(9, leaf), {root_.der()}), ElementsAreArray(kUntrusted));
  std::string changed = leaf;
  changed[leaf.size() - 4] ^= 1;
  EXPECT_THAT(failures({changed}, {root_.der()}), ElementsAreArray(kUntrusted))
      << "the root did not sign that";
}

TEST_F(Trust, SaysWhoTheyAre) {
  const SignerFacts facts =
      signer_facts(Certificate::parse_der(make_certificate({.name = "Äda, Ltd"}, &root_).der(), "the leaf"));
  EXPECT_EQ(facts.name, "Äda, Ltd");
  EXPECT_EQ(facts.subject, "CN=Äda\\, Ltd,O=Understudy tests");
  EXPECT_EQ(facts.issuer, "CN=Root,O=Understudy tests");
  EXPECT_THAT(facts.valid_from, testing::MatchesRegex("20..-..-..T..:..:..Z"));
  EXPECT_EQ(facts.sha256.size(), 64U);
}

}  // namespace
}  // namespace understudy::provenance::c2pa
