#include <gmock/gmock.h>

#include "c2pa/signed_media.h"
#include "understudy/provenance/c2pa/own_credentials.h"

using testing::IsEmpty;

namespace understudy::provenance::c2pa {
namespace {

struct Clip {
  const char* name;
  const char* options;
};
constexpr Clip kClips[] = {
    {"sound.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac"},
    {"fast.mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart"},
    {"silent.mp4", "-c:v libx264 -pix_fmt yuv420p"},
    {"prores.mov", "-c:v prores_ks -c:a pcm_s16le"},
    {"silent.mov", "-c:v libx264 -pix_fmt yuv420p -movflags +faststart"},
    {"one.jpg", "-frames:v 1"},
    {"one.png", "-frames:v 1"},
};

TEST_F(SignedMedia, OursIsTrustedByBoth) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string algorithm : {"es256", "ps256", "ed25519"})
    for (const Clip& clip : kClips) {
      const std::string name = algorithm + "_" + clip.name;
      files.emplace_back(name, signed_bytes(made(clip.name, clip.options), sample_delivery(name),
                                            authority().signer(algorithm)));
    }
  const auto official = ask_of(files);
  ASSERT_EQ(official.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    SCOPED_TRACE(files[i].first);
    EXPECT_EQ(official[i].state, "Trusted") << official[i].all.dump(1);
    EXPECT_THAT(official[i].codes, IsEmpty());
    const Json& changes = official[i].all.at("changes");
    ASSERT_EQ(changes.size(), 2U) << official[i].all.dump(1);
    EXPECT_EQ(changes[0].at("region")[0].at("time").at("end"), "0.200");
    EXPECT_EQ(changes[0].at("region")[1].at("shape").at("origin").at("x"), 8.0);
    EXPECT_EQ(changes[0].at("region")[1].at("shape").at("height"), 24.0);
    const OurAnswer ours = our_answer(files[i].second, authority().root);
    EXPECT_EQ(ours.state, "trusted");
    EXPECT_THAT(ours.codes, IsEmpty());
  }
}

TEST_F(SignedMedia, AChainOfThreeIsTrustedByBoth) {
  const std::string plain = made("chain.mp4", "-c:v libx264 -pix_fmt yuv420p");
  const Signer signer = authority().signer("es256");
  std::string file = signed_bytes(plain, sample_delivery("first.mp4"), signer);
  for (const char* name : {"second.mp4", "third.mp4"}) {
    Delivery next = sample_delivery(name);
    write_file(folder_ / "stage.mp4", file);
    add_own_credentials(next.plate, folder_ / "stage.mp4", now_utc(), false);
    file = signed_bytes(plain, next, signer);
  }
  const OfficialAnswer official = ask_of({{"chain.mp4", file}}).front();
  EXPECT_EQ(official.state, "Trusted") << official.all.dump(1);
  EXPECT_EQ(official.all.at("ingredient_failure").size(), 0U) << official.all.dump(1);
  const auto ours = validate_bytes(file, {{authority().root}, now_utc()});
  EXPECT_EQ(ours->state, State::kTrusted) << to_json(*ours).dump(1);
  EXPECT_EQ(ours->manifests.size(), 3U);
}

TEST_F(SignedMedia, AStoreOfManySegmentsIsTrustedByBoth) {
  Delivery large = sample_delivery("large.jpg");
  for (int i = 0; i < 3000; ++i) large.settings[text("setting_", i)] = "a value that takes some room";
  const std::string file = signed_bytes(made("large.jpg", "-frames:v 1"), large, authority().signer("es256"));
  ASSERT_GT(file.size(), 2U * 65536);
  const OfficialAnswer official = ask_of({{"large.jpg", file}}).front();
  EXPECT_EQ(official.state, "Trusted") << official.all.dump(1);
  EXPECT_EQ(our_answer(file, authority().root).state, "trusted");
}

}  // namespace
}  // namespace understudy::provenance::c2pa
