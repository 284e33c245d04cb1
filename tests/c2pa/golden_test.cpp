#include <gmock/gmock.h>

#include "c2pa/official_reader.h"

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

namespace understudy::provenance::c2pa {
namespace {

const fs::path kData = fs::path(TEST_DATA) / "c2pa";
const std::vector<fs::path> kGolden = {kData / "es256.mp4",   kData / "ps256.mov",    kData / "ps256.jpg",
                                       kData / "ed25519.png", kData / "claim_v1.jpg", kData / "chain.mp4"};

TEST_F(OfficialReader, TrustsTheGoldenFilesWithTheirRoot) {
  const auto answers = ask(kGolden, kData / "root.pem");
  ASSERT_EQ(answers.size(), kGolden.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    SCOPED_TRACE(kGolden[i]);
    EXPECT_EQ(answers[i].state, "Trusted") << answers[i].all;
    EXPECT_THAT(answers[i].codes,
                AnyOf(IsEmpty(), ElementsAre("assertion.bmffHash.additionalExclusionsPresent")));
    EXPECT_THAT(answers[i].labels, Contains("c2pa.actions.v2"));
  }
}

TEST_F(OfficialReader, KnowsNoSignerWithoutTheRoot) {
  for (const OfficialAnswer& answer : ask(kGolden, {})) {
    EXPECT_EQ(answer.state, "Valid") << answer.all;
    EXPECT_THAT(answer.codes, Contains("signingCredential.untrusted"));
  }
}

}  // namespace
}  // namespace understudy::provenance::c2pa
