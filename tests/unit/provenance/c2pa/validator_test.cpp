#include "understudy/provenance/c2pa/validator.h"

#include <gmock/gmock.h>

#include "understudy/core/big_endian.h"
#include "understudy/core/files.h"
#include "understudy/provenance/c2pa/signer.h"
#include "unit/provenance/sample.h"

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

namespace understudy::provenance::c2pa {
namespace {

const fs::path kData = fs::path(TEST_DATA) / "c2pa";
constexpr const char* kGolden[] = {"es256.mp4",   "ps256.mov",    "ps256.jpg",
                                   "ed25519.png", "claim_v1.jpg", "chain.mp4"};

Judgement with_root() {
  return {parse_certificates(read_file(kData / "root.pem"), "the root"), now_utc()};
}

std::vector<std::string> codes(const std::vector<Status>& list) {
  std::vector<std::string> out;
  for (const Status& each : list) out.push_back(each.code);
  return out;
}

TEST(Validator, TrustsWhatTheOfficialSignerSigned) {
  for (const char* name : kGolden) {
    SCOPED_TRACE(name);
    const auto found = validate_file(kData / name, with_root());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state, State::kTrusted) << to_json(*found).dump(1);
    const ManifestReport& active = found->manifests.back();
    EXPECT_THAT(active.findings.failure, IsEmpty());
    EXPECT_THAT(codes(active.findings.success), Contains("claimSignature.validated"));
    ASSERT_TRUE(active.signer);
    EXPECT_THAT(active.signer->name, testing::StartsWith("Golden signer"));
    EXPECT_EQ(active.claim_version, std::string(name) == "claim_v1.jpg" ? 1 : 2);
  }
}

TEST(Validator, KnowsNoSignerWithoutTheRoot) {
  for (const char* name : kGolden) {
    const auto found = validate_file(kData / name, {{}, now_utc()});
    EXPECT_EQ(found->state, State::kValid) << name;
    EXPECT_THAT(codes(found->manifests.back().findings.failure), ElementsAre("signingCredential.untrusted"));
  }
}

TEST(Validator, FollowsAChainOfThree) {
  const auto found = validate_file(kData / "chain.mp4", with_root());
  ASSERT_EQ(found->manifests.size(), 3U);
  EXPECT_THAT(codes(found->manifests[2].findings.success), Contains("ingredient.manifest.validated"));
  ASSERT_EQ(found->manifests[1].ingredients.size(), 1U);
  EXPECT_EQ(found->manifests[1].ingredients[0].title, "first.mp4");
  EXPECT_EQ(found->manifests[0].actions[1].action, "c2pa.edited");
  EXPECT_EQ(found->manifests[0].actions[1].description, "A face of a rendered performer was replaced");
}

TEST(Validator, CountsTheDay) {
  Judgement later = with_root();
  later.now += std::chrono::days(40 * 365);
  const auto found = validate_file(kData / "es256.mp4", later);
  EXPECT_EQ(found->state, State::kInvalid);
  EXPECT_THAT(codes(found->manifests.back().findings.failure),
              ElementsAre("signingCredential.expired", "signingCredential.untrusted"));
}

/// Where a changed byte goes unseen: boxes of an MP4 that the signer left out, and the number that tells
/// JUMBF boxes of a JPEG apart, which may be any.
std::vector<Range> unprotected(std::string_view file) {
  std::vector<Range> out;
  if (asset_kind(file) == AssetKind::kJpeg) out.push_back({file.find("\xff\xeb") + 6, 2});
  if (asset_kind(file) != AssetKind::kBmff) return out;
  for (std::uint64_t at = 0; at < file.size();) {
    const auto size = static_cast<std::uint64_t>(from_big_endian(file.substr(at, 4)));
    const std::string_view type = file.substr(at + 4, 4);
    if (type == "ftyp" || type == "free") out.push_back({at + 8, size - 8});
    at += size;
  }
  return out;
}

TEST(Validator, SeesEveryChangedByte) {
  for (const char* name : {"es256.mp4", "ps256.jpg", "ed25519.png"}) {
    const std::string good = read_file(kData / name);
    const std::vector<Range> open = unprotected(good);
    const Judgement by = with_root();
    for (std::size_t at = 0; at < good.size(); at += 13) {
      const bool is_open = std::ranges::any_of(
          open, [&](const Range& range) { return at >= range.start && at < range.start + range.length; });
      std::string changed = good;
      changed[at] ^= 0x10;
      const auto found = validate_bytes(changed, by);
      EXPECT_EQ(found && found->state == State::kTrusted, is_open) << name << " byte " << at;
    }
  }
}

TEST(Validator, SeesWhatIsCutOffOrAppended) {
  for (const char* name : kGolden) {
    const std::string good = read_file(kData / name);
    const Judgement by = with_root();
    for (const std::string& changed : {good + "x", good + std::string(8, '\0'),
                                       good.substr(0, good.size() - 1), good.substr(0, good.size() / 2)}) {
      const auto found = validate_bytes(changed, by);
      EXPECT_TRUE(!found || found->state == State::kInvalid) << name << " of " << changed.size() << " bytes";
    }
  }
}

TEST(Validator, SaysNothingOfWhatHasNoStore) {
  EXPECT_FALSE(validate_bytes("", with_root()));
  EXPECT_FALSE(validate_bytes("a letter", with_root()));
  EXPECT_FALSE(validate_bytes("\x89PNG\r\n\x1a\n", with_root()));
  EXPECT_EQ(caught([] { validate_file("nothing.mp4", with_root()); }).code, 3);
}

}  // namespace
}  // namespace understudy::provenance::c2pa
