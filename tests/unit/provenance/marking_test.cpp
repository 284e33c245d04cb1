#include "understudy/provenance/marking.h"

#include "sample.h"
#include "understudy/provenance/lineage.h"

namespace understudy::provenance {
namespace {

constexpr int kFormat = 4;

Marking sample_marking(bool credit = false) {
  ConsentSummary likeness = sample_summary(), performer = sample_summary();
  likeness.public_credit = credit;
  performer.role = Role::kPerformer;
  performer.subject = "Bruno Beispiel";
  return {"0.1.0",
          std::string(64, 'c'),
          std::string(64, 'd'),
          {marked_consent(likeness), marked_consent(performer)}};
}

TEST(Marking, RoundTripThroughMetadata) {
  for (const bool credit : {false, true}) {
    const Marking marking = sample_marking(credit);
    EXPECT_EQ(find_marking(marking_metadata(marking)), marking);
    EXPECT_EQ(marking_from_json(to_json(marking), "x"), marking);
  }
}

TEST(Marking, SurvivesContainersThatRenameOrDropKeys) {
  const std::string line = marking_text(sample_marking());
  for (const char* key : {"comment", "COMMENT", "description", "ImageDescription",
                          "\xa9"
                          "cmt"})
    EXPECT_EQ(find_marking({{"encoder", "Lavf"}, {key, line}}), sample_marking()) << key;
  EXPECT_EQ(find_marking({{"comment", line + "\n"}}), sample_marking());
}

TEST(Marking, SaysWhatTheLawAsksFor) {
  const auto metadata = marking_metadata(sample_marking());
  EXPECT_EQ(metadata.at("digital_source_type"),
            "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia");
  for (const char* key : {"comment", "description"}) {
    EXPECT_TRUE(contains(metadata.at(key), "Made with Understudy 0.1.0")) << metadata.at(key);
    EXPECT_TRUE(contains(metadata.at(key), kDigitalSourceType));
    EXPECT_EQ(metadata.at(key).find('\n'), std::string::npos);
  }
}

TEST(Marking, NamesOnlyWithPublicCredit) {
  for (const auto& [key, value] : marking_metadata(sample_marking(false))) {
    EXPECT_FALSE(contains(value, "Ada")) << key;
    EXPECT_FALSE(contains(value, "Bruno")) << key;
    EXPECT_FALSE(contains(value, "signed.pdf")) << key;
    EXPECT_FALSE(contains(value, "feature film")) << key;
  }
  const std::string credited = marking_text(sample_marking(true));
  EXPECT_TRUE(contains(credited, "Credit, likeness: Ada Exämple.")) << credited;
  EXPECT_FALSE(contains(credited, "Bruno"));
}

TEST(Marking, AnInternalTestSaysSo) {
  Marking marking = sample_marking();
  EXPECT_FALSE(is_internal_test(marking));
  EXPECT_FALSE(contains(marking_text(marking), "INTERNAL TEST"));
  marking.consents[1].basis = "internal-test";
  EXPECT_TRUE(is_internal_test(marking));
  EXPECT_TRUE(contains(marking_text(marking), "INTERNAL TEST, not for delivery"));
  EXPECT_EQ(to_json(marking)["internal_test"], true);
}

TEST(Marking, ForeignMetadataHoldsNone) {
  EXPECT_FALSE(find_marking({}));
  EXPECT_FALSE(find_marking(
      {{"comment", "Made with love"}, {"encoder", "Lavf59"}, {"description", "{\"format\":\"x\"}"}}));
}

TEST(Marking, BrokenAndNewerOnesAreRefused) {
  const std::string line = marking_text(sample_marking());
  const std::string broken[] = {line.substr(0, line.size() - 1),
                                line + " and more",
                                replaced(line, "\"version\":1", "\"version\":2"),
                                replaced(line, "\"version\":1", "\"version\":\"1\""),
                                replaced(line, "\"role\":\"likeness\"", "\"role\":\"villain\""),
                                replaced(line, "\"consents\":[", "\"consent\":["),
                                replaced(line, "\"consents\":[", "\"consents\":[7,"),
                                line.substr(0, line.size() - 1) + std::string(300000, ' ') + "}"};
  for (const std::string& value : broken)
    EXPECT_EQ(caught([&] { find_marking({{"comment", value}}); }).code, kFormat) << value.substr(0, 300);
  const std::string other = replaced(line, std::string(64, 'c'), std::string(64, 'e'));
  EXPECT_TRUE(contains(caught([&] {
                         find_marking({{"comment", line}, {"description", other}});
                       }).message,
                       "contradicts"));
}

LineageNode sample_chain() {
  LineageNode source{.kind = "source",
                     .name = "bruno.mp4",
                     .sha256 = std::string(64, 'd'),
                     .facts = {},
                     .consents = {},
                     .marking = {},
                     .problems = {},
                     .made_from = {}};
  LineageNode dataset{.kind = "dataset",
                      .name = "ada",
                      .sha256 = "",
                      .facts = {{"faces", "60"}},
                      .consents = {sample_summary()},
                      .marking = {},
                      .problems = {},
                      .made_from = {source}};
  LineageNode model{.kind = "model",
                    .name = "m",
                    .sha256 = std::string(64, 'c'),
                    .facts = {{"iterations", "2000"}},
                    .consents = {},
                    .marking = {},
                    .problems = {},
                    .made_from = {dataset}};
  return {.kind = "file",
          .name = "result.mp4",
          .sha256 = "",
          .facts = {},
          .consents = {},
          .marking = sample_marking(),
          .problems = {},
          .made_from = {model}};
}

TEST(Lineage, TextShowsTheChainIndented) {
  const std::string shown = lineage_text(sample_chain(), day("2026-06-01"));
  for (const char* line :
       {"file result.mp4\n", "\n  made with: Understudy 0.1.0\n", "\n  model m\n", "\n    iterations: 2000\n",
        "\n    dataset ada\n", "\n      source bruno.mp4\n", "on 2026-06-01: valid\n"})
    EXPECT_TRUE(contains(shown, line)) << line << "\n" << shown;
}

TEST(Lineage, AConsentThatNoLongerHoldsIsAProblem) {
  LineageNode chain = sample_chain();
  EXPECT_FALSE(has_problems(chain, day("2026-12-31")));
  EXPECT_TRUE(has_problems(chain, day("2027-01-01")));
  EXPECT_TRUE(contains(lineage_text(chain, day("2027-01-01")), "on 2027-01-01: consent_expired\n"));
  chain.made_from[0].problems.push_back("its weights do not match their digest");
  EXPECT_TRUE(has_problems(chain, day("2026-06-01")));
  EXPECT_TRUE(contains(lineage_text(chain, day("2026-06-01")), "PROBLEM: its weights"));
}

TEST(Lineage, JsonHoldsTheSame) {
  const Json json = lineage_json(sample_chain(), day("2027-01-01"));
  const Json& model = json["made_from"][0];
  EXPECT_EQ(json["marking"]["understudy"], "0.1.0");
  EXPECT_EQ(model["facts"]["iterations"], "2000");
  EXPECT_EQ(model["made_from"][0]["consents"][0]["state"], "consent_expired");
  EXPECT_EQ(model["made_from"][0]["consents"][0]["id"], kSampleId);
  EXPECT_EQ(model["made_from"][0]["made_from"][0]["name"], "bruno.mp4");
}

TEST(Lineage, ForeignTextCannotCommandTheTerminal) {
  LineageNode chain = sample_chain();
  chain.name = "evil\x1b[2J\nfile ok.mp4";
  chain.marking->program_version =
      "\xc2\x9b"
      "31m";
  const std::string shown = lineage_text(chain, day("2026-06-01"));
  EXPECT_TRUE(contains(shown, "file evil\\x1b[2J\\x0afile ok.mp4\n")) << shown;
  EXPECT_TRUE(contains(shown, "Understudy \\xc2\\x9b31m")) << shown;
}

}  // namespace
}  // namespace understudy::provenance
