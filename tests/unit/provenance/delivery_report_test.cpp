#include "understudy/provenance/delivery_report.h"

#include <gmock/gmock.h>

#include "understudy/core/hash.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/watermark/payload.h"
#include "unit/provenance/sample.h"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace understudy::provenance {
namespace {

using c2pa::Cbor;

struct Row {
  Integrity integrity;
  Voucher voucher;
  PictureMark watermark;
  const char* verdict;
};

/// Every verdict, and what decides between it and its neighbours.
constexpr Row kVerdicts[] = {
    {Integrity::kIntact, Voucher::kTrustedRoot, PictureMark::kNotLookedFor, "OK"},
    {Integrity::kIntact, Voucher::kTrustedRoot, PictureMark::kNotFound, "OK"},
    {Integrity::kIntact, Voucher::kTrustedRoot, PictureMark::kOfThis, "OK"},
    {Integrity::kIntact, Voucher::kSelfIssued, PictureMark::kOfThis, "OK"},
    {Integrity::kIntact, Voucher::kTrustedRoot, PictureMark::kOfPlate, "OK"},
    {Integrity::kChanged, Voucher::kTrustedRoot, PictureMark::kOfPlate, "MODIFIED"},
    {Integrity::kIntact, Voucher::kUnknown, PictureMark::kOfThis, "UNKNOWN"},
    {Integrity::kIntact, Voucher::kTrustedRoot, PictureMark::kOfAnother, "TRANSPLANTED"},
    {Integrity::kIntact, Voucher::kUnknown, PictureMark::kOfAnother, "TRANSPLANTED"},
    {Integrity::kChanged, Voucher::kTrustedRoot, PictureMark::kOfAnother, "TRANSPLANTED"},
    {Integrity::kChanged, Voucher::kTrustedRoot, PictureMark::kNotLookedFor, "MODIFIED"},
    {Integrity::kChanged, Voucher::kUnknown, PictureMark::kNotFound, "MODIFIED"},
    {Integrity::kChanged, Voucher::kSelfIssued, PictureMark::kOfThis, "MODIFIED"},
    {Integrity::kUnreadable, Voucher::kTrustedRoot, PictureMark::kNotFound, "UNKNOWN"},
    {Integrity::kUnsigned, Voucher::kNone, PictureMark::kNotLookedFor, "UNKNOWN"},
    {Integrity::kUnsigned, Voucher::kNone, PictureMark::kNotFound, "UNKNOWN"},
    {Integrity::kUnsigned, Voucher::kNone, PictureMark::kOfAnother, "MARKS-STRIPPED"},
};

TEST(Verdict, ByFindings) {
  for (const Row& row : kVerdicts) {
    const DeliveryFindings findings{row.integrity, row.voucher, row.watermark};
    EXPECT_STREQ(verdict_name(verdict_of(findings)), row.verdict) << verdict_sentence(findings);
  }
}

TEST(Verdict, SaysWhenNothingIsProven) {
  for (const Integrity integrity : {Integrity::kIntact, Integrity::kUnreadable, Integrity::kUnsigned})
    EXPECT_THAT(verdict_sentence({integrity, Voucher::kUnknown, PictureMark::kNotFound}),
                HasSubstr("not evidence of authenticity"));
}

c2pa::Validation validated(const std::vector<const char*>& failures) {
  c2pa::ManifestReport manifest;
  manifest.label = "urn:c2pa:x";
  for (const char* code : failures) manifest.findings.failure.push_back({code, "", "because"});
  c2pa::Validation out;
  out.manifests.push_back(manifest);
  return out;
}

TEST(DeliveryFindings, KeepContentAndCertificateApart) {
  const auto integrity = [](const std::vector<const char*>& failures) {
    return delivery_findings(validated(failures), std::nullopt).integrity;
  };
  EXPECT_EQ(integrity({}), Integrity::kIntact);
  EXPECT_EQ(integrity({"signingCredential.untrusted"}), Integrity::kIntact);
  EXPECT_EQ(integrity({"signingCredential.expired", "signingCredential.untrusted"}), Integrity::kIntact);
  EXPECT_EQ(integrity({"assertion.bmffHash.mismatch"}), Integrity::kChanged);
  EXPECT_EQ(integrity({"algorithm.unsupported"}), Integrity::kUnreadable);
  EXPECT_EQ(integrity({"algorithm.unsupported", "claimSignature.mismatch"}), Integrity::kChanged);
  EXPECT_EQ(delivery_findings(c2pa::Validation{}, std::nullopt).integrity, Integrity::kChanged);
  EXPECT_EQ(delivery_findings(std::nullopt, std::nullopt).integrity, Integrity::kUnsigned);
}

TEST(DeliveryFindings, TellWhoVouches) {
  c2pa::Validation trusted = validated({});
  trusted.manifests[0].findings.success.push_back({"signingCredential.trusted", "", ""});
  EXPECT_EQ(delivery_findings(trusted, std::nullopt).voucher, Voucher::kTrustedRoot);
  EXPECT_EQ(delivery_findings(validated({}), trusted).voucher, Voucher::kSelfIssued);
  EXPECT_EQ(delivery_findings(validated({}), validated({})).voucher, Voucher::kUnknown);
  EXPECT_EQ(delivery_findings(std::nullopt, std::nullopt).voucher, Voucher::kNone);
}

TEST(PictureMarks, BelongToAnyManifestOfTheFile) {
  c2pa::Validation chain = validated({});
  const std::string earlier = chain.manifests[0].label;
  chain.manifests.push_back(chain.manifests[0]);
  chain.manifests.back().label = "urn:c2pa:later";
  EXPECT_EQ(compare_watermark(chain, watermark_id("urn:c2pa:later")), PictureMark::kOfThis);
  EXPECT_EQ(compare_watermark(chain, watermark_id(earlier)), PictureMark::kOfThis);
  EXPECT_EQ(compare_watermark(chain, watermark_id("urn:c2pa:other")), PictureMark::kOfAnother);
  EXPECT_EQ(compare_watermark(std::nullopt, watermark_id(earlier)), PictureMark::kOfAnother);
}

TEST(PictureMarks, MayBeThePlatesWhereTheManifestSaysSo) {
  c2pa::Validation credentials = validated({});
  const std::uint64_t plates = watermark_id("urn:c2pa:plate");
  const c2pa::Cbor pipeline = c2pa::Cbor::Map{
      {"plate_watermark", c2pa::Cbor::Map{{"id", watermark_id_text(plates)}, {"registry", "known"}}}};
  credentials.manifests[0].assertions.emplace_back("org.understudy.pipeline", pipeline);
  EXPECT_EQ(compare_watermark(credentials, plates), PictureMark::kOfPlate);
  EXPECT_EQ(compare_watermark(credentials, watermark_id("urn:c2pa:other")), PictureMark::kOfAnother);
  DeliveryReport report;
  report.credentials = credentials;
  EXPECT_THAT(delivery_text(report),
              HasSubstr(watermark_id_text(plates) + ", in the maker's registry: known"));
}

ConsentFile record_of(const Consent& consent) {
  const std::string bytes = consent_toml(consent);
  return {consent, bytes, sha256(bytes), {}};
}

/// A file's credentials that name the record, as merge writes them.
c2pa::Validation naming(const ConsentFile& record, const std::string& role = "likeness") {
  const std::string salt = "0123456789abcdef";
  const Cbor item = Cbor::Map{{"role", role},
                              {"id", record.consent.id},
                              {"basis", "consent"},
                              {"valid_until", "2026-12-31"},
                              {"record_salt", Cbor::bytes(salt)},
                              {"record_sha256", Cbor::bytes(hash_of(salt + record.sha256))}};
  c2pa::Validation out = validated({});
  out.manifests[0].assertions.emplace_back(
      "org.understudy.consent", Cbor(Cbor::Map{{"version", 1}, {"consents", Cbor::Array{item, "junk"}}}));
  return out;
}

TEST(StatedConsents, AreTakenBackByTheListAlone) {
  std::vector<StatedConsent> stated = stated_consents(naming(record_of(sample_consent())), std::nullopt);
  Revocations list;
  list.add({sample_consent().id, {day("2026-06-02"), "she asked"}}, day("2026-06-01"));
  compare_records(stated, {}, {day("2026-06-01")}, &list);
  EXPECT_EQ(stated.front().state, "no record here");
  compare_records(stated, {}, {day("2026-06-02")}, &list);
  EXPECT_EQ(stated.front().state, "consent_revoked");
}

TEST(StatedConsents, AreComparedWithTheRecords) {
  const ConsentFile record = record_of(sample_consent());
  const auto states = [&](const c2pa::Validation& credentials, std::vector<ConsentFile> records,
                          const char* date) {
    std::vector<StatedConsent> stated = stated_consents(credentials, std::nullopt);
    compare_records(stated, records, {day(date)}, nullptr);
    std::vector<std::string> out;
    for (const StatedConsent& each : stated) out.push_back(each.state);
    return out;
  };
  const c2pa::Validation named = naming(record);
  EXPECT_THAT(states(named, {}, "2026-06-01"), ElementsAre("no record here"));
  EXPECT_THAT(states(named, {record}, "2026-06-01"), ElementsAre("valid"));
  EXPECT_THAT(states(named, {record}, "2027-01-01"), ElementsAre("consent_expired"));
  EXPECT_THAT(states(naming(record, "nobody"), {record}, "2026-06-01"), ElementsAre());
  Consent edited = sample_consent();
  edited.uses.push_back("anything");
  EXPECT_THAT(states(named, {record_of(edited)}, "2026-06-01"), ElementsAre("consent_changed"));
  edited.revoked = Revocation{day("2026-05-01"), "asked for it"};
  EXPECT_THAT(states(named, {record, record_of(edited)}, "2026-06-01"), ElementsAre("consent_revoked"));
  Consent other = sample_consent();
  other.id = "223e4567-e89b-42d3-a456-426614174000";
  EXPECT_THAT(states(named, {record_of(other)}, "2026-06-01"), ElementsAre("no record here"));
}

TEST(StatedConsents, AreAskedForTheDayOfTheSignatureToo) {
  const ConsentFile record = record_of(sample_consent());
  const auto when_signed = [&](const char* signed_on, const ConsentFile& at_hand,
                               std::optional<Revocation> listed = {}) {
    c2pa::Validation credentials = naming(record);
    credentials.manifests[0].actions = {{"c2pa.edited", "", text(signed_on, "T10:00:00Z"), "", ""}};
    Revocations list;
    if (listed) list.add({record.consent.id, *listed}, day("2027-06-01"));
    std::vector<StatedConsent> stated = stated_consents(credentials, std::nullopt);
    compare_records(stated, std::vector{at_hand}, {day("2027-06-01"), day_signed(credentials)}, &list);
    EXPECT_TRUE(stated.front().state.starts_with("consent_")) << "it has an end, which is over";
    return stated.front().when_signed;
  };
  EXPECT_EQ(when_signed("2026-06-01", record), "valid");
  EXPECT_EQ(when_signed("2020-06-01", record), "consent_not_yet_valid");
  EXPECT_EQ(when_signed("2027-05-01", record), "consent_expired");
  EXPECT_EQ(when_signed("sometime", record), "not known");
  EXPECT_EQ(when_signed("2026-06-01", record, Revocation{day("2026-06-02"), "no"}), "valid");
  EXPECT_EQ(when_signed("2026-06-01", record, Revocation{day("2026-06-01"), "no"}), "consent_revoked");
  EXPECT_EQ(when_signed("2026-06-01", record, Revocation{std::nullopt, "no"}), "not known");
  Consent edited = sample_consent();
  edited.uses.push_back("anything");
  EXPECT_EQ(when_signed("2026-06-01", record_of(edited)), "not known");
}

TEST(StatedConsents, TheDayOfTheSignatureIsTheAuthoritysWhereOneIsTrusted) {
  c2pa::Validation credentials = validated({});
  EXPECT_EQ(day_signed(std::nullopt), std::nullopt);
  EXPECT_EQ(day_signed(credentials), std::nullopt);
  credentials.manifests[0].actions = {{"c2pa.edited", "", "2026-06-01T10:00:00Z", "", ""}};
  EXPECT_EQ(day_signed(credentials), day("2026-06-01"));
  credentials.manifests[0].stamped = "2026-06-03T10:00:00Z";
  EXPECT_EQ(day_signed(credentials), day("2026-06-03"));
}

/// Texts that would do harm if a page or a terminal took them at their word.
constexpr const char* kInjections[] = {
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",  "&lt;b&gt;",
    "</td></table><h1>OK</h1>",  "\x1b[2J\x1b]0;owned\x07",         "javascript:alert(1)\n<b>",
};

DeliveryReport poisoned(const std::string& words) {
  DeliveryReport report;
  report.name = words;
  report.credentials = validated({});
  c2pa::ManifestReport& manifest = report.credentials->manifests[0];
  manifest.label = manifest.title = manifest.generator = manifest.instance_id = manifest.algorithm = words;
  manifest.signer = c2pa::SignerFacts{words, words, words, words, words, words};
  manifest.actions = {{words, words, words, words, words}};
  manifest.ingredients = {{words, words, words, words, words, {}, {}, {}}};
  manifest.assertions = {{"c2pa.soft-binding", Cbor(Cbor::Map{{"alg", words}})}};
  manifest.findings.failure = {{words, words, words}};
  manifest.findings.informational = {{words, words, words}};
  report.marking = Marking{words, words, words, {}};
  report.marking_trouble = words;
  report.findings.integrity = Integrity::kChanged;
  report.consents = {{{words, Role::kLikeness, words, words}, words, "", "", words, words}};
  return report;
}

TEST(DeliveryPage, EscapesEveryText) {
  const auto tags = [](const std::string& page) { return std::ranges::count(page, '<'); };
  const std::string harmless = delivery_page(poisoned("words"));
  for (const char* words : kInjections) {
    const std::string page = delivery_page(poisoned(words));
    EXPECT_EQ(tags(page), tags(harmless)) << words;
    for (const char* evil : {"<script", "<img", "<h1>OK", "' onmouse", "\x1b", "\x07"})
      EXPECT_THAT(page, Not(HasSubstr(evil)));
  }
  EXPECT_THAT(harmless, HasSubstr("default-src 'none'"));
  EXPECT_THAT(harmless, Not(HasSubstr("://")));
}

TEST(DeliveryText, CommandsNoTerminal) {
  for (const char* words : kInjections) {
    const std::string out = delivery_text(poisoned(words));
    EXPECT_THAT(out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(out, Not(HasSubstr("\n<b>")));
  }
}

TEST(DeliveryJson, SaysTheSame) {
  const Json json = delivery_json(poisoned("words"));
  EXPECT_EQ(json.at("state"), "MODIFIED");
  EXPECT_EQ(json.at("credentials").at("manifests").at(0).at("label"), "words");
  EXPECT_EQ(json.at("consents").at(0).at("role"), "likeness");
  EXPECT_TRUE(delivery_json({}).at("credentials").is_null());
}

TEST(ReportSections, AreAlwaysTheSameFour) {
  std::vector<std::string> titles;
  for (const ReportSection& section : report_sections({})) titles.push_back(section.title);
  EXPECT_THAT(titles, ElementsAre("integrity", "signer", "marking", "consent"));
}

}  // namespace
}  // namespace understudy::provenance
