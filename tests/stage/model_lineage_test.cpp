#include "understudy/stages/model_lineage.h"

#include <gtest/gtest.h>

namespace understudy::stages {
namespace {

TEST(ModelLineage, KeepsWhatTheModelLearnedFromEarlier) {
  const Json earlier = {
      {"program_version", "0.1"},
      {"datasets", {{{"role", "likeness"}, {"digest", "a"}}, {{"role", "performer"}, {"digest", "b"}}}},
      {"consents", {{{"id", "1"}, {"revoked", false}}, {{"id", "2"}}}}};
  const Json now = {
      {"program_version", "0.2"},
      {"datasets", {{{"role", "likeness"}, {"digest", "c"}}, {{"role", "performer"}, {"digest", "b"}}}},
      {"consents", {{{"id", "1"}, {"revoked", true}}, {{"id", "3"}}}}};
  const Json joined = joined_lineage(earlier, now);
  EXPECT_EQ(joined["program_version"], "0.2");
  EXPECT_EQ(joined["datasets"].size(), 3u);
  ASSERT_EQ(joined["consents"].size(), 3u);
  for (const Json& consent : joined["consents"])
    EXPECT_TRUE(consent["id"] != "1" || consent["revoked"] == true);  // as it stands now
  EXPECT_EQ(joined_lineage(joined, now), joined_lineage(joined_lineage(joined, now), now));
}

TEST(ModelLineage, IsThePresentOneForANewModel) {
  const Json now = {{"program_version", "0.2"}, {"datasets", {1}}, {"consents", Json::array()}};
  EXPECT_EQ(joined_lineage(Json::object(), now), now);
}

TEST(ModelLineage, KeepsConsentsThatItCannotName) {
  const Json earlier = {{"consents", {nullptr}}};
  const Json joined = joined_lineage(earlier, {{"datasets", Json::array()}, {"consents", {{{"id", "3"}}}}});
  EXPECT_EQ(joined["consents"].size(), 2u);  // a missing record stays missing, and is refused later
}

}  // namespace
}  // namespace understudy::stages
