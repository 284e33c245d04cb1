#include "understudy/provenance/consent_check.h"

#include <array>
#include <functional>

#include "sample.h"

namespace understudy::provenance {
namespace {

constexpr int kRefused = 7;

ConsentQuery query(const char* today, Role role = Role::kLikeness) {
  return {.role = role, .today = day(today), .whose = "the dataset ada", .uses = {}};
}

struct Case {
  const char* name;
  const char* today;
  std::function<void(Consent&, ConsentQuery&)> change;
  const char* reason;  ///< empty: allowed
};

class ConsentCheckTest : public ::testing::TestWithParam<Case> {};

TEST_P(ConsentCheckTest, AnswersAsTheTableSays) {
  const Case& row = GetParam();
  Consent consent = sample_consent();
  ConsentQuery asked = query(row.today);
  row.change(consent, asked);
  // What a header carries must answer like the record itself.
  const ConsentSummary carried =
      consent_summary_from_json(to_json(ConsentSummary{consent, std::string(64, 'b')}), "x");
  for (const ConsentTerms* terms :
       {static_cast<const ConsentTerms*>(&consent), static_cast<const ConsentTerms*>(&carried)}) {
    const auto found = find_refusal(terms, asked);
    EXPECT_EQ(found ? found->reason : "", row.reason);
    if (!found) continue;
    EXPECT_TRUE(contains(found->message, row.reason)) << found->message;
    EXPECT_TRUE(contains(found->message, "the dataset ada")) << found->message;
    EXPECT_FALSE(found->hint.empty());
    const Caught error = caught([&] { check_consent(terms, asked); });
    EXPECT_EQ(error.code, kRefused);
    EXPECT_EQ(error.message, found->message);
    EXPECT_EQ(error.hint, found->hint);
  }
}

const Case kCases[] = {
    {"Valid", "2026-06-01", [](Consent&, ConsentQuery&) {}, ""},
    {"FirstDay", "2026-01-01", [](Consent&, ConsentQuery&) {}, ""},
    {"DayBefore", "2025-12-31", [](Consent&, ConsentQuery&) {}, "consent_not_yet_valid"},
    {"ExpiresToday", "2026-12-31", [](Consent&, ConsentQuery&) {}, ""},
    {"ExpiredYesterday", "2027-01-01", [](Consent&, ConsentQuery&) {}, "consent_expired"},
    {"NoEnd", "2999-01-01", [](Consent& c, ConsentQuery&) { c.valid_until.reset(); }, ""},
    {"NoStart", "1900-01-01", [](Consent& c, ConsentQuery&) { c.valid_from.reset(); }, ""},
    {"Revoked", "2026-06-01", [](Consent& c, ConsentQuery&) { c.revoked = Revocation{}; }, "consent_revoked"},
    {"RevokedToday", "2026-06-01",
     [](Consent& c, ConsentQuery&) {
       c.revoked = Revocation{day("2026-06-01"), "x"};
     },
     "consent_revoked"},
    {"RevokedTomorrow", "2026-06-01",
     [](Consent& c, ConsentQuery&) {
       c.revoked = Revocation{day("2026-06-02"), "x"};
     },
     ""},
    {"RevokedBeatsExpired", "2027-06-01", [](Consent& c, ConsentQuery&) { c.revoked = Revocation{}; },
     "consent_revoked"},
    {"WrongRole", "2026-06-01", [](Consent&, ConsentQuery& q) { q.role = Role::kPerformer; },
     "consent_scope"},
    {"RightRole", "2026-06-01", [](Consent& c, ConsentQuery& q) { c.role = q.role = Role::kPerformer; }, ""},
    {"EstateWithoutEvidence", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "estate", c.evidence.reset(); }, "consent_evidence"},
    {"EstateWithEvidence", "2026-06-01", [](Consent& c, ConsentQuery&) { c.basis = "estate"; }, ""},
    {"LicenceWithoutEvidence", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "licence", c.evidence.reset(); }, "consent_evidence"},
    {"SyntheticNeedsNothing", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "synthetic", c.evidence.reset(), c.uses.clear(); }, ""},
    {"InternalTestWithoutEnd", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "internal-test", c.valid_until.reset(); }, "consent_scope"},
    {"InternalTestWithEnd", "2026-06-01", [](Consent& c, ConsentQuery&) { c.basis = "internal-test"; }, ""},
    {"GrantedUse", "2026-06-01",
     [](Consent&, ConsentQuery& q) {
       q.uses = {"Feature FILM", "trailer"};
     },
     ""},
    {"UseNotGranted", "2026-06-01",
     [](Consent&, ConsentQuery& q) {
       q.uses = {"trailer", "advertising"};
     },
     "consent_scope"},
    {"UseAskedNoneGranted", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.uses.clear(), q.uses = {"trailer"}; }, "consent_scope"},
};

INSTANTIATE_TEST_SUITE_P(All, ConsentCheckTest, ::testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ConsentCheck, MissingIsRefusedWithTheCommandThatHelps) {
  const Caught error = caught([] { check_consent(nullptr, query("2026-06-01", Role::kPerformer)); });
  EXPECT_EQ(error.code, kRefused);
  EXPECT_TRUE(
      contains(error.message, "the dataset ada has no consent record for the performer (consent_missing)"))
      << error.message;
  EXPECT_TRUE(contains(error.hint, "understudy-consent new --subject NAME --role performer")) << error.hint;
}

TEST(ConsentCheck, EveryBasisCanBeSatisfied) {
  for (const auto& basis : bases()) {
    Consent consent = sample_consent();
    consent.basis = basis.name;
    EXPECT_FALSE(find_refusal(&consent, query("2026-06-01"))) << basis.name;
  }
}

TEST(ConsentCheck, AModelNeedsBothSidesAndEachMustHold) {
  constexpr std::array kBoth = {Role::kLikeness, Role::kPerformer};
  std::vector<ConsentSummary> consents = {sample_summary(), sample_summary()};
  const auto check = [&](const char* today) { check_consents(consents, kBoth, day(today), "the model m"); };
  const Caught one_sided = caught([&] { check("2026-06-01"); });
  EXPECT_EQ(one_sided.code, kRefused);
  EXPECT_TRUE(contains(one_sided.message, "the model m has no consent record for the performer"))
      << one_sided.message;
  consents[1].role = Role::kPerformer;
  EXPECT_NO_THROW(check("2026-06-01"));
  EXPECT_TRUE(contains(caught([&] { check("2027-01-01"); }).message, "consent_expired"));
  consents[1].revoked = Revocation{};
  EXPECT_TRUE(contains(caught([&] { check("2026-06-01"); }).message, "consent_revoked"));
  consents.clear();
  EXPECT_TRUE(contains(caught([&] { check("2026-06-01"); }).message, "consent_missing"));
}

class CarriedConsentTest : public TemporaryFolder {
 protected:
  Caught refusal(const std::optional<ConsentSummary>& summary) {
    return caught([&] { check_carried_consent(folder_ / "consent.toml", summary, query("2026-06-01")); });
  }
};

TEST_F(CarriedConsentTest, RecordAndHeaderMustBothHoldAndAgree) {
  EXPECT_TRUE(contains(refusal(sample_summary()).message, "consent_missing"));
  const auto path = write("consent.toml", consent_toml(sample_consent()));
  const ConsentSummary summary = summarise(read_consent(path));
  EXPECT_NO_THROW(check_carried_consent(path, summary, query("2026-06-01")));
  EXPECT_TRUE(contains(refusal(std::nullopt).message, "consent_missing"));

  ConsentSummary revoked = summary;
  revoked.revoked = Revocation{};
  EXPECT_TRUE(contains(refusal(revoked).message, "consent_revoked"));

  write("consent.toml", replaced(consent_toml(sample_consent()), "revoked = false", "revoked = true"));
  EXPECT_TRUE(contains(refusal(summary).message, "consent_revoked"));
  write("consent.toml", replaced(consent_toml(sample_consent()), "2026-12-31", "2036-12-31"));
  const Caught changed = refusal(summary);
  EXPECT_EQ(changed.code, kRefused);
  EXPECT_TRUE(contains(changed.message, "consent_changed")) << changed.message;
  write("consent.toml", "not a record");
  EXPECT_EQ(refusal(summary).code, 4);
}

}  // namespace
}  // namespace understudy::provenance
