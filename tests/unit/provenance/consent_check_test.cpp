#include "understudy/provenance/consent_check.h"

#include <array>
#include <functional>

#include "sample.h"

namespace understudy::provenance {
namespace {

constexpr int kRefused = 7;

ConsentQuery query(const char* today, Role role = Role::kLikeness) {
  return {.role = role, .today = day(today), .whose = "the dataset ada"};
}

/// What version 1 has of it.
Consent of_version_one(const Consent& consent) {
  Consent out;
  out.version = 1;
  out.id = consent.id;
  out.subject = consent.subject;
  out.role = consent.role;
  out.basis = consent.basis;
  out.uses = consent.uses;
  out.territory = consent.territory;
  return out;
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
    EXPECT_EQ(found ? found->facts.reason : "", row.reason);
    if (!found) continue;
    EXPECT_TRUE(contains(found->message, row.reason)) << found->message;
    EXPECT_TRUE(contains(found->message, "the dataset ada")) << found->message;
    EXPECT_FALSE(found->hint.empty());
    const Caught error = caught([&] { check_consent(terms, asked); });
    EXPECT_EQ(error.code, kRefused);
    EXPECT_EQ(error.message, found->message);
    EXPECT_EQ(error.hint, found->hint);
    ASSERT_TRUE(error.refused);
    EXPECT_EQ(error.refused->reason, row.reason);
    EXPECT_EQ(error.refused->record, kSampleId);
    EXPECT_NO_THROW(refusal_reasons().at(row.reason));
  }
}

const Case kCases[] = {
    {"Valid", "2026-06-01", [](Consent&, ConsentQuery&) {}, ""},
    {"FirstDay", "2026-01-01", [](Consent&, ConsentQuery&) {}, ""},
    {"DayBefore", "2025-12-31", [](Consent&, ConsentQuery&) {}, "consent_not_yet_valid"},
    {"ExpiresToday", "2026-12-31", [](Consent&, ConsentQuery&) {}, ""},
    {"ExpiredYesterday", "2027-01-01", [](Consent&, ConsentQuery&) {}, "consent_expired"},
    {"NoEnd", "2999-01-01", [](Consent& c, ConsentQuery&) { c.valid_until.reset(), c.delete_by.reset(); },
     ""},
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
    {"LicensedWithoutEvidence", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "licensed-dataset", c.evidence.reset(); }, "consent_evidence"},
    {"SyntheticNeedsNothing", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "synthetic", c.evidence.reset(), c.uses.clear(); }, ""},
    {"InternalTestWithoutEnd", "2026-01-15",
     [](Consent& c, ConsentQuery&) { c.basis = "internal-test", c.valid_until.reset(); }, "consent_scope"},
    {"InternalTestWithEnd", "2026-01-31", [](Consent& c, ConsentQuery&) { c.basis = "internal-test"; }, ""},
    {"InternalTestOlderThanThirtyDays", "2026-02-01",
     [](Consent& c, ConsentQuery&) { c.basis = "internal-test"; }, "consent_expired"},
    {"DeletionDay", "2027-12-31", [](Consent& c, ConsentQuery&) { c.valid_until.reset(); }, ""},
    {"DayAfterDeletion", "2028-01-01", [](Consent& c, ConsentQuery&) { c.valid_until.reset(); },
     "consent_expired"},
    {"ConsentWithoutUses", "2026-06-01", [](Consent& c, ConsentQuery&) { c.uses.clear(); }, "consent_scope"},
    {"ConsentWithoutUsesOfVersionOne", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c = of_version_one(c), c.uses.clear(); }, ""},
    {"EstateWithoutDeath", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "estate", c.died.clear(); }, "consent_scope"},
    {"EstateWithoutGrantor", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "estate", c.grantor.reset(); }, "consent_scope"},
    {"HeritageWithoutDeath", "2026-06-01",
     [](Consent& c, ConsentQuery&) { c.basis = "public-domain-heritage", c.died.clear(); }, "consent_scope"},
    {"MinorWithoutGuardian", "2026-06-01", [](Consent& c, ConsentQuery&) { c.guardian.reset(); },
     "consent_missing"},
    {"IntimateUseAsked", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.uses = {"nudity"}, q.scope.use = {"nudity"}; }, "consent_scope"},
    {"IntimateUseGranted", "2026-06-01", [](Consent& c, ConsentQuery&) { c.uses = {"an intimate scene"}; },
     "consent_scope"},
    {"IntimateUseOfASyntheticFace", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.basis = "synthetic", q.scope.use = {"Sexual content"}; },
     "consent_scope"},
    {"PoliticalUseWithoutTheWord", "2026-06-01",
     [](Consent& c, ConsentQuery& q) {
       c.political = false, c.uses = {"political: a campaign"}, q.scope.use = {"political"};
     },
     "consent_scope"},
    {"PoliticalUseGranted", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.uses = {"political: a campaign"}, q.scope.use = {"political"}; },
     ""},
    {"ExcludedUse", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.uses = {"advertising: a poster"}, q.scope.use = {"advertising"}; },
     "consent_scope"},
    {"KindOfUse", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.uses = {"film: scenes 12 to 14"}, q.scope.use = {"Film"}; }, ""},
    {"GrantedTerritory", "2026-06-01", [](Consent&, ConsentQuery& q) { q.scope.territory = {"de"}; }, ""},
    {"TerritoryNotGranted", "2026-06-01",
     [](Consent&, ConsentQuery& q) {
       q.scope.territory = {"DE", "CH"};
     },
     "consent_scope"},
    {"Worldwide", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.territory = {"worldwide"}, q.scope.territory = {"CH"}; }, ""},
    {"TerritoryOfVersionOneIsNotChecked", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c = of_version_one(c), q.scope.territory = {"CH"}; }, ""},
    {"MediumNotGranted", "2026-06-01", [](Consent&, ConsentQuery& q) { q.scope.media = {"games"}; },
     "consent_scope"},
    {"OtherProject", "2026-06-01", [](Consent&, ConsentQuery& q) { q.scope.project = {"Island"}; },
     "consent_scope"},
    {"DeliveredWithoutAWord", "2026-06-01", [](Consent&, ConsentQuery& q) { q.delivers = true; },
     "consent_scope"},
    {"DeliveredForAll", "2026-06-01",
     [](Consent&, ConsentQuery& q) {
       q.delivers = true, q.scope = {{"Harbour"}, {"trailer"}, {"cinema"}, {"DE"}};
     },
     ""},
    {"DeliveredUnderVersionOne", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c = of_version_one(c), q.delivers = true; }, ""},
    {"DeliveredOfNobody", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.basis = "synthetic", q.delivers = true; }, ""},
    {"GrantedUse", "2026-06-01",
     [](Consent&, ConsentQuery& q) {
       q.scope.use = {"Feature FILM", "trailer"};
     },
     ""},
    {"UseNotGranted", "2026-06-01",
     [](Consent&, ConsentQuery& q) {
       q.scope.use = {"trailer", "advertising"};
     },
     "consent_scope"},
    {"UseAskedNoneGranted", "2026-06-01",
     [](Consent& c, ConsentQuery& q) { c.uses.clear(), q.scope.use = {"trailer"}; }, "consent_scope"},
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
    EXPECT_FALSE(find_refusal(&consent, query("2026-01-15"))) << basis.name;
  }
}

TEST(ConsentCheck, AModelNeedsBothSidesAndEachMustHold) {
  constexpr std::array kBoth = {Role::kLikeness, Role::kPerformer};
  std::vector<ConsentSummary> consents = {sample_summary(), sample_summary()};
  const auto check = [&](const char* today) {
    check_consents(consents, kBoth, {.role = Role::kLikeness, .today = day(today), .whose = "the model m"});
  };
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

TEST(ConsentCheck, AMinorsGuardianIsNamed) {
  Consent consent = sample_consent();
  consent.guardian.reset();
  const auto found = find_refusal(&consent, query("2026-06-01"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->facts.what, "guardian");
}

TEST(ConsentCheck, ScopeSaysWhichPartAndWhatLiesBeyond) {
  const Consent consent = sample_consent();
  ConsentQuery asked = query("2026-06-01");
  asked.scope.territory = {"CH", "DE", "FR"};
  const auto found = find_refusal(&consent, asked);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->facts.what, "territory");
  EXPECT_EQ(found->facts.items, (std::vector<std::string>{"CH", "FR"}));
}

TEST(ConsentCheck, TheListOfRevocationsCountsFromItsDay) {
  Revocations list;
  list.add({kSampleId, {day("2026-06-02"), "the agent withdrew"}}, day("2026-06-01"));
  const Consent consent = sample_consent();
  ConsentQuery asked = query("2026-06-01");
  asked.revocations = &list;
  EXPECT_FALSE(find_refusal(&consent, asked));
  asked.today = day("2026-06-02");
  const auto found = find_refusal(&consent, asked);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->facts.reason, "consent_revoked");
  EXPECT_TRUE(contains(found->message, "the agent withdrew")) << found->message;
  EXPECT_TRUE(contains(found->hint, "ada@example.org")) << found->hint;
  Consent other = consent;
  other.id = "123e4567-e89b-42d3-a456-426614174001";
  EXPECT_FALSE(find_refusal(&other, asked));
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
