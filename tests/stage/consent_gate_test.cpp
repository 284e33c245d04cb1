#include <gtest/gtest.h>

#include "merge_sample.h"
#include "understudy/stages/consent_gate.h"

namespace understudy::stages {
namespace {

/// A record of a real person, with limits.
provenance::ConsentTerms limited_terms(provenance::Role role) {
  provenance::ConsentTerms terms;
  terms.subject = role == provenance::Role::kPerformer ? "bruno" : "ada";
  terms.role = role;
  terms.uses = {"film: Harbour", "education"};
  terms.territory = {"DE", "AT"};
  return terms;
}

Json summary_of(const provenance::ConsentTerms& terms) {
  provenance::ConsentFile file;
  file.consent = provenance::new_consent({terms, {}}, provenance::today_utc());
  file.bytes = provenance::consent_toml(file.consent);
  file.sha256 = sha256(file.bytes);
  return provenance::to_json(provenance::summarise(file));
}

/// Why the lineage is refused; empty: it is not.
std::string refusal_of(const ConsentGate& gate, const Json& lineage) {
  try {
    gate.check_lineage(lineage, "model.json", "the model m");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kRefused);
    const Refused* refused = refused_of(e);
    return refused ? refused->reason + " " + refused->what : "no facts";
  }
  return {};
}

Json lineage() {
  const Json likeness = summary_of(limited_terms(provenance::Role::kLikeness));
  const Json performer = summary_of(limited_terms(provenance::Role::kPerformer));
  return {{"datasets",
           {{{"role", "likeness"}, {"digest", "a"}, {"consent", likeness["id"]}},
            {{"role", "performer"}, {"digest", "b"}, {"consent", performer["id"]}}}},
          {"consents", {likeness, performer}}};
}

TEST(ConsentGate, ADeliveryStatesWhatTheRecordsLimit) {
  Report report;
  ConsentGate gate({}, report);
  const Json made = lineage();
  EXPECT_EQ(refusal_of(gate, made), "");  // nothing is delivered yet
  gate.delivers({});
  EXPECT_EQ(refusal_of(gate, made), "consent_scope use");
  gate.delivers({.project = {}, .use = {"film"}, .media = {}, .territory = {}});
  EXPECT_EQ(refusal_of(gate, made), "consent_scope territory");
  gate.delivers({.project = {}, .use = {"film"}, .media = {}, .territory = {"CH"}});
  EXPECT_EQ(refusal_of(gate, made), "consent_scope territory");
  gate.delivers({.project = {"any"}, .use = {"film"}, .media = {"cinema"}, .territory = {"DE"}});
  EXPECT_EQ(refusal_of(gate, made), "");
}

TEST(ConsentGate, TheLineageOfAnotherModelIsNoticed) {
  Report report;
  const ConsentGate gate({}, report);
  Json mixed = lineage();
  mixed["consents"] = lineage()["consents"];  // whole in itself, but of other datasets
  EXPECT_EQ(refusal_of(gate, mixed), "lineage_broken ");
  Json one_sided = lineage();
  one_sided["consents"].erase(1);
  EXPECT_EQ(refusal_of(gate, one_sided), "consent_missing performer");
}

TEST(ConsentGate, WhatWasTakenBackSinceIsRefusedAndTheAgeOfTheListShown) {
  const TemporaryFolder folder;
  const Json made = lineage();
  provenance::Revocations list;
  list.add({made["consents"][0]["id"].get<std::string>(), {}}, provenance::today_utc());
  write_file(folder.path() / "list.json", list.json());
  Report report;
  const ConsentGate gate({folder.path() / "list.json", false}, report);
  EXPECT_EQ(refusal_of(gate, made), "consent_revoked ");
  EXPECT_EQ(report.details["revocations"]["age_days"], 0);
  EXPECT_EQ(report.details["revocations"]["signature"], "unsigned");
  EXPECT_THROW(ConsentGate({folder.path() / "no.json", false}, report), Error);
}

TEST(ConsentGate, RevokedBetweenConvertAndMerge) {
  const Sample sample({});
  provenance::Revocations list;
  const Json header = read_json_file(sample.root() / "dataset.json");
  list.add({header["consent"]["id"].get<std::string>(), {}}, provenance::today_utc());
  MergeOptions options = sample.options();
  options.consents.revocations = sample.folder() / "list.json";
  write_file(options.consents.revocations, list.json());
  std::string message;
  EXPECT_EQ(error_of(options, &message), ErrorCode::kRefused);
  EXPECT_NE(message.find("consent_revoked"), std::string::npos) << message;
}

TEST(ConsentGate, ALineageOfAnotherShapeIsRefusedAsAFormat) {
  Report report;
  const ConsentGate gate({}, report);
  Json numbers = lineage();
  numbers["datasets"][0] = {{"consent", "another"}, {"digest", 7}};
  for (const Json& wrong :
       {Json({1, 2}), Json({{"consents", 3}}), Json({{"consents", {{"id", 1}}}}), numbers}) {
    try {
      gate.check_lineage(wrong, "model.json", "the model m");
      ADD_FAILURE() << wrong;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat) << wrong;
    }
  }
}

}  // namespace
}  // namespace understudy::stages
