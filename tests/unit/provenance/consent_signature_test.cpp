#include "understudy/provenance/consent_signature.h"

#include "sample.h"
#include "understudy/provenance/consent_check.h"

namespace understudy::provenance {
namespace {

class ConsentSignatureTest : public TemporaryFolder {
 protected:
  ConsentSignatureTest() { record_ = write("ada.toml", consent_toml(sample_consent())); }

  c2pa::Signer signer(const char* algorithm) const {
    const c2pa::Key root_key = c2pa::Key::generate(algorithm), key = c2pa::Key::generate(algorithm);
    const auto now = c2pa::now_utc();
    const auto until = now + std::chrono::days(30);
    const auto root = c2pa::make_root({"Example Pictures", "Root", now, until}, root_key);
    return {key, {c2pa::make_leaf({"Example Pictures", "Producer", now, until}, key, root, root_key)}, false};
  }

  std::string reason(bool signed_only = false) const {
    const auto found = find_file_refusal(read_consent(record_), {.role = Role::kLikeness,
                                                                 .today = day("2026-06-01"),
                                                                 .whose = "the dataset ada",
                                                                 .signed_only = signed_only});
    return found ? found->facts.reason : "";
  }

  std::filesystem::path record_;
};

TEST_F(ConsentSignatureTest, AGoodOneNamesItsSigner) {
  for (const char* algorithm : {"ed25519", "es256"}) {
    write_signature(record_, signer(algorithm));
    const ConsentFile file = read_consent(record_);
    EXPECT_TRUE(file.signature.present);
    EXPECT_EQ(file.signature.trouble, "");
    EXPECT_EQ(signature_text(file.signature), "signed by Producer");
    EXPECT_EQ(reason(true), "");
  }
}

TEST_F(ConsentSignatureTest, WithoutOneARecordIsUnsignedAndRefusedOnlyWhereOneIsWanted) {
  EXPECT_EQ(signature_text(read_consent(record_).signature), "unsigned");
  EXPECT_EQ(reason(), "");
  EXPECT_EQ(reason(true), "consent_signature");
  Consent wary = sample_consent();
  wary.signature_required = true;
  write("ada.toml", consent_toml(wary));
  EXPECT_EQ(reason(), "consent_signature");
}

TEST_F(ConsentSignatureTest, ARecordThatWasEditedAfterwardsIsRefused) {
  write_signature(record_, signer("ed25519"));
  write("ada.toml", replaced(read_file(record_), "2026-12-31", "2036-12-31"));
  EXPECT_EQ(reason(), "consent_signature");
  const auto found =
      find_file_refusal(read_consent(record_),
                        {.role = Role::kLikeness, .today = day("2026-06-01"), .whose = "the dataset ada"});
  EXPECT_TRUE(contains(found->message, "changed after Producer signed it")) << found->message;
}

TEST_F(ConsentSignatureTest, BytesThatAreNoSignatureAreRefused) {
  write_signature(record_, signer("es256"));
  const std::string good = read_file(signature_path(record_));
  for (const std::string& bad : {std::string(), std::string("not a signature"),
                                 good.substr(0, good.size() / 2), good + "x", std::string(100'000, 'x')}) {
    write("ada.toml.sig", bad);
    EXPECT_EQ(reason(), "consent_signature") << bad.size();
  }
  std::filesystem::remove(signature_path(record_));
  std::filesystem::create_symlink(folder_ / "gone", signature_path(record_));
  EXPECT_EQ(reason(), "consent_signature");
}

TEST_F(ConsentSignatureTest, OfTheListOfRevocationsToo) {
  Revocations list;
  list.add({kSampleId, {}}, day("2026-06-01"));
  const auto path = write("revocations.json", list.json());
  EXPECT_FALSE(require_good_signature(path, list.json()).present);
  write_signature(path, signer("ed25519"));
  EXPECT_TRUE(require_good_signature(path, list.json()).present);
  const Caught error = caught([&] { require_good_signature(path, list.json() + " "); });
  EXPECT_EQ(error.code, 7);
  EXPECT_TRUE(contains(error.message, "consent_signature")) << error.message;
}

TEST_F(ConsentSignatureTest, AKeyThatCannotBeUsedIsNamed) {
  const c2pa::Signer good = signer("es256");
  const auto key = write("key.pem", good.key.private_pem()), chain = write("cert.pem", good.chain[0].pem());
  EXPECT_NO_THROW(c2pa::read_signer(key, chain, c2pa::now_utc()));
  EXPECT_EQ(caught([&] { c2pa::read_signer(folder_ / "no.pem", chain, c2pa::now_utc()); }).code, 3);
  EXPECT_EQ(caught([&] { c2pa::read_signer(chain, chain, c2pa::now_utc()); }).code, 4);
  const auto other = write("other.pem", c2pa::Key::generate("ed25519").private_pem());
  EXPECT_EQ(caught([&] { c2pa::read_signer(other, chain, c2pa::now_utc()); }).code, 4);
  EXPECT_EQ(caught([&] { c2pa::read_signer(key, chain, c2pa::now_utc() + std::chrono::days(31)); }).code, 4);
}

}  // namespace
}  // namespace understudy::provenance
