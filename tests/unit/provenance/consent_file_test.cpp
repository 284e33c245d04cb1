#include <gmock/gmock.h>

#include "sample.h"
#include "understudy/core/sha256.h"

namespace understudy::provenance {
namespace {

constexpr int kInput = 3, kFormat = 4;

std::string sample_toml() {
  return consent_toml(sample_consent());
}

TEST(ConsentToml, RoundTripKeepsEveryField) {
  EXPECT_EQ(parse_consent(sample_toml(), "x"), sample_consent());
  Consent whole = sample_consent();
  whole.signature_required = whole.public_credit = true;
  EXPECT_EQ(parse_consent(consent_toml(whole), "x"), whole);
  Consent revoked = sample_consent();
  revoked.revoked = Revocation{day("2026-06-01"), "asked by the subject"};
  EXPECT_EQ(parse_consent(consent_toml(revoked), "x"), revoked);
  revoked.revoked = Revocation{};
  EXPECT_EQ(parse_consent(consent_toml(revoked), "x"), revoked);
}

TEST(ConsentToml, RoundTripKeepsAwkwardTexts) {
  for (const char* awkward : {"\"quoted\"", "back\\slash", "'single'", "a = \"b\"", "# no comment",
                              "日本語 🎬", "[x]", "\"\"\"", "'''", "trailing\\", "{}", " spaces "}) {
    Consent consent = sample_consent();
    consent.subject = awkward;
    consent.uses = {awkward, awkward};
    consent.notes = std::string(awkward) + "\n" + awkward + "\r\n";
    EXPECT_EQ(parse_consent(consent_toml(consent), "x"), consent) << awkward;
  }
}

TEST(ConsentToml, IsWrittenInTheOrderOfTheFormatPage) {
  std::size_t last = 0;
  for (const char* key : {"format = ",
                          "version = ",
                          "id = ",
                          "subject = ",
                          "role = ",
                          "basis = ",
                          "minor = ",
                          "died = ",
                          "project = ",
                          "production = ",
                          "uses = ",
                          "excluded_uses = ",
                          "political = ",
                          "media = ",
                          "territory = ",
                          "limits = ",
                          "valid_from = ",
                          "valid_until = ",
                          "data_holder = ",
                          "delete_by = ",
                          "label_required = ",
                          "representation = ",
                          "revocation_contact = ",
                          "notes = ",
                          "revoked = ",
                          "[grantor]",
                          "[guardian]",
                          "[evidence]"}) {
    const auto at = sample_toml().find(key);
    ASSERT_NE(at, std::string::npos) << key;
    EXPECT_GE(at, last) << key;
    last = at;
  }
}

TEST(ConsentToml, UnknownKeysAreNamedAndNoError) {
  const std::string extended =
      "valid_untill = 2026-01-01\n\"odd\\u001bkey\" = [inf, {x.y = 1, \"\" = []}]\n" + sample_toml() +
      "pages = 12\n[studio]\nname = \"X\"\n";
  Consent consent = parse_consent(extended, "x");
  EXPECT_THAT(consent.unknown_keys,
              ::testing::UnorderedElementsAre("valid_untill", "odd\\x1bkey", "evidence.pages", "studio"));
  consent.unknown_keys.clear();
  EXPECT_EQ(consent, sample_consent());
}

TEST(ConsentToml, DatesMayBeTexts) {
  const std::string quoted = replaced(sample_toml(), "2026-12-31", "\"2026-12-31\"");
  EXPECT_EQ(parse_consent(quoted, "x").valid_until, day("2026-12-31"));
}

TEST(ConsentToml, OnlyTheBasicsAreRequired) {
  const Consent consent =
      parse_consent(text("format = \"understudy-consent\"\nversion = 1\nid = \"", kSampleId,
                         "\"\nsubject = \"A\"\nrole = \"performer\"\nbasis = \"self\"\nrevoked = false\n"),
                    "x");
  EXPECT_EQ(consent.role, Role::kPerformer);
  EXPECT_FALSE(consent.valid_from || consent.valid_until || consent.evidence || consent.revoked ||
               consent.public_credit);
  EXPECT_EQ(consent.version, 1);
}

struct BadRecord {
  const char* name;
  const char* from;  ///< what is replaced in a good record
  const char* to;
  const char* message;  ///< what the message must say
};

class BadRecordTest : public ::testing::TestWithParam<BadRecord> {};

TEST_P(BadRecordTest, IsRefusedWithASentence) {
  const BadRecord& bad = GetParam();
  const std::string toml = replaced(sample_toml(), bad.from, bad.to);
  const Caught error = caught([&] { parse_consent(toml, "my.toml"); });
  EXPECT_EQ(error.code, kFormat);
  EXPECT_TRUE(contains(error.message, bad.message)) << error.message;
  EXPECT_TRUE(contains(error.message, "my.toml")) << error.message;
}

constexpr BadRecord kBadRecords[] = {
    {"OtherFormat", "\"understudy-consent\"", "\"understudy-model\"", "expected 'understudy-consent'"},
    {"NoFormat", "format = ", "formal = ", "'format' is missing"},
    {"NewerVersion", "version = 2", "version = 3", "version is 3, this program reads versions 1 to 2"},
    {"VersionAsText", "version = 2", "version = \"2\"",
     "'version' is of type string, expected a whole number"},
    {"VersionAsFloat", "version = 2", "version = 2.0", "'version' is of type floating-point"},
    {"NoVersion", "version = 2", "# version", "'version' is missing"},
    {"NoSubject", "subject = ", "object = ", "'subject' is missing"},
    {"EmptySubject", "\"Ada Exämple\"", "\"  \"", "'subject' is empty"},
    {"SubjectAsNumber", "\"Ada Exämple\"", "7", "'subject' is of type integer, expected a text in quotes"},
    {"SubjectCommandsTerminal", "Ada Exämple", "Ada\\u001b[2J", "control character ('Ada\\x1b[2J')"},
    {"SubjectOverTwoLines", "Ada Exämple", "Ada\\nvalid", "control character"},
    {"NoId", "id = \"123", "ident = \"123", "'id' is missing"},
    {"IdIsNoUuid", "123e4567-e89b", "ada", "expected a UUID"},
    {"UnknownRole", "\"likeness\"", "\"villain\"",
     "'role' is 'villain', expected one of: likeness, performer"},
    {"UnknownBasis", "basis = \"consent\"", "basis = \"trust-me\"",
     "'basis' is 'trust-me', expected one of: consent, self"},
    {"UsesAsText", "[\"feature film\", \"trailer\"]", "\"film\"",
     "'uses' is of type string, expected a list of texts"},
    {"UsesOfNumbers", "[\"feature film\", \"trailer\"]", "[1]",
     "'uses' is of type integer, expected a list of texts"},
    {"NoSuchDay", "2026-12-31", "\"2026-02-30\"", "'valid_until' is '2026-02-30', expected a date"},
    {"NoSuchTomlDay", "2026-12-31", "2026-02-30", "is not valid TOML"},
    {"DateInWords", "2026-12-31", "\"next year\"", "expected a date such as 2026-11-23"},
    {"DateWithTime", "2026-12-31", "2026-12-31T10:00:00", "expected a date such as 2026-11-23"},
    {"DateAsNumber", "2026-12-31", "20261231", "'valid_until' is of type integer"},
    {"YearZero", "2026-01-01", "0000-01-01", "expected a date such as 2026-11-23"},
    {"EndsBeforeItBegins", "2026-12-31", "2025-12-31", "before valid_from"},
    {"CreditAsText", "label_required = true", "public_credit = \"no\"",
     "'public_credit' is of type string, expected true or false"},
    {"NoRevoked", "revoked = false", "# revoked", "'revoked' is missing"},
    {"RevokedAsText", "revoked = false", "revoked = \"no\"", "'revoked' is of type string"},
    {"RevokedDateInWords", "revoked = false", "revoked = { date = \"soon\" }", "'revoked.date' is 'soon'"},
    {"EvidenceWithoutDigest", "sha256 = ", "sha265 = ", "'evidence.sha256' is missing"},
    {"EvidenceDigestTooShort", "\"aaaa", "\"aaa", "'evidence.sha256' is not a SHA-256"},
    {"KeyTwice", "version = 2", "version = 2\nversion = 2", "is not valid TOML"},
    {"DiedInWords", "\"1931-05-02\"", "\"long ago\"", "'died' is 'long ago', expected a year or a date"},
    {"MinorAsText", "minor = true", "minor = \"yes\"", "'minor' is of type string, expected true or false"},
    {"NoSuchAuthority", "authority = \"guardian\"", "authority = \"friend\"",
     "'grantor.authority' is 'friend', expected one of: self, representative"},
    {"GuardianWithoutName", "[guardian]\nname", "[guardian]\nnamed", "'guardian.name' is missing"},
    {"NotesCommandTerminal", "line one", "\\u009b31m", "'notes' holds a control character"},
};

INSTANTIATE_TEST_SUITE_P(All, BadRecordTest, ::testing::ValuesIn(kBadRecords),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ConsentToml, BrokenBytesAreRefused) {
  const std::string good = sample_toml();
  std::string deep = "a";
  for (int i = 0; i < 100000; ++i) deep += ".a";
  const std::string broken[] = {"",
                                "\n\n# only a comment\n",
                                good.substr(0, good.size() / 3),
                                good.substr(0, good.find("\"Ada") + 3),
                                std::string("\x89PNG\r\n\x1a\n\0\0\0", 11),
                                std::string(1000, '\0'),
                                "\xff\xfe" + good,
                                replaced(good, "Ada", "\xc3("),
                                std::string(200000, '['),
                                deep + " = 1\n",
                                "[\n\bstudio]",
                                "{\"format\": \"understudy-consent\"}"};
  for (const std::string& bytes : broken)
    EXPECT_EQ(caught([&] { parse_consent(bytes, "x"); }).code, kFormat) << bytes.substr(0, 40);
}

TEST(ConsentToml, AFileCutShortNeverGrantsMore) {
  Consent revoked = sample_consent();
  revoked.revoked = Revocation{day("2026-06-01"), "asked"};
  for (const Consent& whole : {sample_consent(), revoked}) {
    const std::string toml = consent_toml(whole);
    for (std::size_t length = 0; length < toml.size(); ++length) {
      try {
        Consent part = parse_consent(std::string_view(toml).substr(0, length), "x");
        // Their absence only takes away.
        part.evidence = whole.evidence;
        part.grantor = whole.grantor;
        part.guardian = whole.guardian;
        if (part.revoked) part.revoked = whole.revoked;
        EXPECT_EQ(part, whole) << length;
      } catch (const Error& e) {
        EXPECT_EQ(static_cast<int>(e.code()), kFormat) << length;
      }
    }
  }
}

using ConsentFileTest = TemporaryFolder;

TEST_F(ConsentFileTest, ReadKeepsBytesAndDigest) {
  const std::string bytes = "# as the producer wrote it\n" + sample_toml();
  const ConsentFile file = read_consent(write("ada.toml", bytes));
  EXPECT_EQ(file.bytes, bytes);
  EXPECT_EQ(file.sha256, sha256(bytes));
  EXPECT_EQ(file.consent, sample_consent());
}

TEST_F(ConsentFileTest, AFileOfTenMegabytesIsRefused) {
  const auto path = write("big.toml", sample_toml() + std::string(10'000'000, '#'));
  const Caught error = caught([&] { read_consent(path); });
  EXPECT_EQ(error.code, kFormat);
  EXPECT_TRUE(contains(error.message, "bytes, a consent record has at most 262144")) << error.message;
}

TEST_F(ConsentFileTest, MissingFolderAndDeviceAreRefused) {
  EXPECT_EQ(caught([&] { read_consent(folder_ / "none.toml"); }).code, kInput);
  EXPECT_EQ(caught([&] { read_consent(folder_); }).code, kInput);
  EXPECT_EQ(caught([&] { read_consent("/dev/zero"); }).code, kInput);
  EXPECT_FALSE(find_consent(folder_ / "none.toml"));
  std::filesystem::create_symlink(folder_ / "gone", folder_ / "dangling");
  EXPECT_EQ(caught([&] { find_consent(folder_ / "dangling"); }).code, kInput);
}

NewConsent request(const std::string& subject, Role role, const std::string& basis) {
  NewConsent out;
  out.terms.subject = subject;
  out.terms.role = role;
  out.terms.basis = basis;
  return out;
}

TEST(NewConsent, GivesARecordThatReadsBack) {
  for (const auto& basis : bases()) {
    const Consent consent = new_consent(request("Bruno", Role::kPerformer, basis.name), day("2026-11-23"));
    EXPECT_EQ(parse_consent(consent_toml(consent), "x"), consent) << basis.name;
    EXPECT_EQ(consent.id[14], '4');
    EXPECT_EQ(consent.valid_until.has_value(), basis.value.needs_end) << basis.name;
  }
}

TEST(NewConsent, InternalTestEndsAfterThirtyDays) {
  NewConsent from = request("Bruno", Role::kPerformer, "internal-test");
  EXPECT_EQ(new_consent(from, day("2026-12-15")).valid_until, day("2027-01-14"));
  from.terms.valid_until = day("2026-12-20");
  EXPECT_EQ(new_consent(from, day("2026-12-15")).valid_until, day("2026-12-20"));
  EXPECT_EQ(new_consent(from, day("2026-12-15")).valid_from, day("2026-12-15"));
  from.terms.valid_until = day("2027-01-15");
  const Caught too_long = caught([&] { new_consent(from, day("2026-12-15")); });
  EXPECT_EQ(too_long.code, 2);
  EXPECT_TRUE(contains(too_long.message, "30 days at most, until 2027-01-14")) << too_long.message;
}

TEST(ConsentToml, OffersWhatMayBeFilledIn) {
  const Consent consent = new_consent(request("A", Role::kLikeness, "self"), day("2026-11-23"));
  const std::string offered = consent_toml(consent, true);
  for (const char* line : {"\n# uses = [", "\n# territory = [", "\n# minor = true", "\n# valid_until = 2"})
    EXPECT_TRUE(contains(offered, line)) << offered;
  EXPECT_EQ(parse_consent(offered, "x"), consent);
  std::string taken = offered;
  for (auto at = taken.find("\n# "); at != std::string::npos; at = taken.find("\n# ")) taken.erase(at + 1, 2);
  EXPECT_NO_THROW(parse_consent(taken, "each example is a good value"));
}

TEST(ConsentToml, VersionOneIsReadForever) {
  const auto file = read_consent(std::filesystem::path(TEST_DATA) / "consent-v1" / "full.toml");
  EXPECT_EQ(file.consent.version, 1);
  EXPECT_EQ(file.consent.basis, "licensed-dataset");
  EXPECT_EQ(file.consent.territory, std::vector<std::string>{"Germany and Austria"});
  EXPECT_THAT(file.consent.unknown_keys, ::testing::ElementsAre("minor"));
  EXPECT_EQ(parse_consent(consent_toml(file.consent), "x").basis, "licensed-dataset");
  const ConsentSummary summary = consent_summary_from_json(
      read_json_file(std::filesystem::path(TEST_DATA) / "consent-v1" / "summary.json"), "summary.json");
  EXPECT_EQ(summary.version, 1);
  EXPECT_EQ(summary.basis, "public-domain-heritage");
  EXPECT_EQ(summary.territory, std::vector<std::string>{"worldwide"});
}

TEST(NewConsent, IdsDiffer) {
  const NewConsent from = request("A", Role::kLikeness, "self");
  EXPECT_NE(new_consent(from, day("2026-11-23")).id, new_consent(from, day("2026-11-23")).id);
}

TEST_F(ConsentFileTest, NewTakesTheEvidencesNameAndDigest) {
  const auto document = write("signed.pdf", "%PDF");
  NewConsent from = request("A", Role::kLikeness, "estate");
  from.evidence = document;
  EXPECT_EQ(new_consent(from, day("2026-11-23")).evidence, (Evidence{"signed.pdf", sha256("%PDF")}));
  from.evidence = folder_ / "none.pdf";
  EXPECT_EQ(caught([&] { new_consent(from, day("2026-11-23")); }).code, kInput);
}

TEST(NewConsent, RefusesUnknownBasisAndEmptySubject) {
  NewConsent from = request("A", Role::kLikeness, "trust-me");
  EXPECT_EQ(caught([&] { new_consent(from, day("2026-11-23")); }).code, 2);
  from.terms.basis = "self";
  from.terms.subject = "";
  EXPECT_EQ(caught([&] { new_consent(from, day("2026-11-23")); }).code, kFormat);
}

TEST(ConsentSummaryJson, RoundTrip) {
  ConsentSummary summary = sample_summary();
  EXPECT_EQ(consent_summary_from_json(parse_json(to_json(summary).dump(), "x"), "x"), summary);
  summary.revoked = Revocation{day("2026-05-05"), "asked"};
  summary.evidence.reset();
  summary.valid_from.reset();
  EXPECT_EQ(consent_summary_from_json(to_json(summary), "x"), summary);
  summary.revoked = Revocation{};
  EXPECT_EQ(consent_summary_from_json(to_json(summary), "x"), summary);
}

TEST(ConsentSummaryJson, BrokenOnesAreRefused) {
  const Json good = to_json(sample_summary());
  for (const char* key : {"id", "subject", "role", "basis", "uses", "revoked", "public_credit", "sha256"}) {
    Json without = good;
    without.erase(key);
    const Caught error = caught([&] { consent_summary_from_json(without, "dataset.json"); });
    EXPECT_EQ(error.code, kFormat) << key;
    EXPECT_TRUE(contains(error.message, text("'", key, "'"))) << error.message;
  }
  for (const auto& [key, unused] : good.items()) {
    Json wrong = good;
    wrong[key] = 5;
    EXPECT_EQ(caught([&] { consent_summary_from_json(wrong, "x"); }).code, kFormat) << key;
  }
  EXPECT_EQ(caught([] { consent_summary_from_json(nullptr, "dataset.json"); }).code, 7);
  for (const Json& other : {Json::array(), Json("text"), Json::object()})
    EXPECT_EQ(caught([&] { consent_summary_from_json(other, "x"); }).code, kFormat) << other;
}

TEST(Dates, OnlyRealDaysInOneForm) {
  for (const char* good : {"2026-11-23", "2024-02-29", "0001-01-01", "9999-12-31"})
    EXPECT_EQ(date_text(parse_date(good).value()), good);
  for (const char* bad :
       {"", "2026-11-2", "2026-02-29", "2026-13-01", "2026-00-10", "2026/11/23", "26-11-23", "2026-11-231",
        "2026-11-3a", "-026-11-23", "+026-11-23", " 026-11-23", "0000-01-01"})
    EXPECT_FALSE(parse_date(bad)) << bad;
  EXPECT_GT(today_utc(), day("2026-01-01"));
}

}  // namespace
}  // namespace understudy::provenance
