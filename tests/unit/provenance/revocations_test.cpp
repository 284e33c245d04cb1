#include "understudy/provenance/revocations.h"

#include "sample.h"

namespace understudy::provenance {
namespace {

constexpr const char* kOtherId = "123e4567-e89b-42d3-a456-426614174001";

Revocations sample_list() {
  Revocations list;
  list.add({kSampleId, {day("2026-06-02"), "asked"}}, day("2026-06-01"));
  list.add({kOtherId, {}}, day("2026-06-03"));
  return list;
}

TEST(Revocations, ReadsBackWhatWasWritten) {
  const Revocations list = sample_list();
  const Revocations read = Revocations::parse(list.json(), "x");
  EXPECT_EQ(read.json(), list.json());
  EXPECT_EQ(read.head(), list.head());
  EXPECT_EQ(read.written(), day("2026-06-03"));
  ASSERT_EQ(read.of(kSampleId).size(), 1U);
  EXPECT_EQ(read.of(kSampleId).front(), (Revocation{day("2026-06-02"), "asked"}));
  EXPECT_TRUE(read.of("nobody").empty());
}

TEST(Revocations, AnEntryThatWasChangedOrTakenOutIsNoticed) {
  const std::string good = sample_list().json();
  for (const auto& [from, to] : {std::pair{"asked", "axked"}, std::pair{"2026-06-02", "2036-06-02"}}) {
    const Caught error = caught([&] { Revocations::parse(replaced(good, from, to), "list.json"); });
    EXPECT_EQ(error.code, 4);
    EXPECT_TRUE(contains(error.message, "list.json: entry 2 does not follow")) << error.message;
  }
  Json json = parse_json(good, "x");
  json["entries"].erase(0);
  EXPECT_EQ(caught([&] { Revocations::parse(json.dump(), "x"); }).code, 4);
}

TEST(Revocations, OtherFilesAreRefused) {
  const std::string good = sample_list().json();
  for (const std::string& bad :
       {std::string("{}"), std::string("[]"), std::string(), replaced(good, "-revocations", "-consent"),
        replaced(good, "\"version\": 1", "\"version\": 2"), replaced(good, kSampleId, "ada"),
        replaced(good, "asked", "as\\nked")})
    EXPECT_EQ(caught([&] { Revocations::parse(bad, "x"); }).code, 4) << bad;
  EXPECT_EQ(caught([] { Revocations::read("/nowhere/list.json"); }).code, 3);
  Revocations list;
  EXPECT_EQ(caught([&] { list.add({"ada", {}}, day("2026-06-01")); }).code, 4);
}

}  // namespace
}  // namespace understudy::provenance
