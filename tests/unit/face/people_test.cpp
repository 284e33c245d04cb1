#include "understudy/face/people.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "understudy/core/error.h"

namespace understudy::face {
namespace {

constexpr double kSame = 0.6;

/// A direction at that angle, so that likenesses are cosines of differences.
Identity at(double degrees) {
  const double radians = degrees * std::acos(-1) / 180;
  return {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians)), 0};
}

PersonTrack track(const std::string& source, std::int64_t first, std::int64_t last, Identity identity,
                  const std::string& person = "") {
  PersonTrack out{source, "t" + std::to_string(first), {}, std::move(identity), person};
  for (std::int64_t frame = first; frame <= last; ++frame) out.frames.push_back(frame);
  return out;
}

TEST(Identity, LikenessIsTheCosine) {
  EXPECT_NEAR(likeness(at(10), at(70)), 0.5, 1e-6);
  EXPECT_THROW(likeness(at(0), {1}), Error);
  EXPECT_EQ(unit_length({3, 4}), (Identity{0.6f, 0.8f}));
  EXPECT_EQ(unit_length({0, 0}), (Identity{0, 0}));
  Identity sum;
  add({}, sum);
  EXPECT_TRUE(sum.empty());
  add({1, 2}, sum);
  add({}, sum);
  add({3, 4}, sum);
  EXPECT_EQ(sum, (Identity{4, 6}));
}

using Names = std::vector<std::string>;

TEST(People, TracksOfOnePersonAreJoinedAcrossCutsAndSources) {
  const std::vector<PersonTrack> tracks = {track("a", 0, 9, at(0)), track("a", 2, 9, at(90)),
                                           track("a", 20, 29, at(10)), track("b", 0, 9, at(85))};
  const People people = join_people(tracks, kSame);
  EXPECT_EQ(people.of_track, (Names{"a-t0", "a-t2", "a-t0", "a-t2"}));
  EXPECT_TRUE(people.uncertain.empty());
  EXPECT_TRUE(join_people({}, kSame).of_track.empty());
}

TEST(People, TwoInOneFrameAreNeverOne) {
  const std::vector<PersonTrack> tracks = {track("a", 0, 9, at(0)), track("a", 9, 20, at(0)),
                                           track("a", 30, 40, at(1))};
  const People people = join_people(tracks, kSame);
  EXPECT_NE(people.of_track[0], people.of_track[1]);
  EXPECT_TRUE(people.of_track[2] == people.of_track[0] || people.of_track[2] == people.of_track[1]);
  // The same numbers of another source are other frames.
  const std::vector<PersonTrack> apart = {track("a", 0, 9, at(0)), track("b", 9, 20, at(0))};
  EXPECT_EQ(join_people(apart, kSame).of_track, (Names{"a-t0", "a-t0"}));
}

TEST(People, ATrackWithoutFramesSharesNone) {
  PersonTrack imported{"b", "", {}, at(0), ""}, other{"b", "t0", {}, at(1), ""};
  const std::vector<PersonTrack> tracks = {track("a", 0, 9, at(90)), imported, other};
  EXPECT_EQ(join_people(tracks, kSame).of_track, (Names{"a-t0", "b", "b"}));
}

TEST(People, WhoIsBarredFromOneOfAGroupIsBarredFromAll) {
  // 1 is joined to 0 first; 2 is like both but stands beside 1.
  const std::vector<PersonTrack> tracks = {track("a", 0, 9, at(0)), track("a", 20, 29, at(0)),
                                           track("a", 25, 35, at(20))};
  EXPECT_EQ(join_people(tracks, kSame).of_track, (Names{"a-t0", "a-t0", "a-t25"}));
}

TEST(People, AKnownPersonKeepsTheNameAndTwoKnownOnesStayTwo) {
  const std::vector<PersonTrack> tracks = {track("a", 0, 9, at(0)), track("b", 0, 9, at(5), "b-t0"),
                                           track("c", 0, 9, at(60), "c-t0"), track("c", 30, 39, at(40))};
  const People people = join_people(tracks, kSame);
  EXPECT_EQ(people.of_track[0], "b-t0") << "a source that comes first in the list renames nobody";
  EXPECT_EQ(people.of_track[1], "b-t0");
  EXPECT_EQ(people.of_track[2], "c-t0");
  EXPECT_EQ(people.of_track[3], "c-t0");
  ASSERT_FALSE(people.uncertain.empty());
  EXPECT_FALSE(people.uncertain[0].joined);
  EXPECT_EQ(people.uncertain[0].one, "b-t0");
  EXPECT_EQ(people.uncertain[0].other, "c-t0");
}

TEST(People, WhatIsCloseToTheLimitIsCalledUncertain) {
  const double close = std::acos(kSame) * 180 / std::acos(-1);
  const auto pair = [&](double degrees) {
    return join_people(std::vector{track("a", 0, 9, at(0)), track("a", 20, 29, at(degrees))}, kSame)
        .uncertain;
  };
  ASSERT_EQ(pair(close - 1).size(), 1u);
  EXPECT_TRUE(pair(close - 1)[0].joined);
  EXPECT_EQ(pair(close - 1)[0].other, "a-t20");
  ASSERT_EQ(pair(close + 1).size(), 1u);
  EXPECT_FALSE(pair(close + 1)[0].joined);
  EXPECT_TRUE(pair(5).empty());
  EXPECT_TRUE(pair(100).empty());
}

TEST(People, ATrackWithoutIdentityStaysAlone) {
  const std::vector<PersonTrack> tracks = {track("a", 0, 9, {}), track("a", 20, 29, at(0)),
                                           track("a", 40, 49, {})};
  EXPECT_EQ(join_people(tracks, kSame).of_track, (Names{"a-t0", "a-t20", "a-t40"}));
}

TEST(People, ManyTracksGoWhereTheyBelong) {
  constexpr int kPeople = 12, kTracks = 240;
  constexpr std::size_t kNumbers = 64;
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  const auto drawn = [&](float size) {
    Identity out(kNumbers);
    for (float& value : out) value = size * normal(random);
    return out;
  };
  std::vector<Identity> truth;
  for (int p = 0; p < kPeople; ++p) truth.push_back(drawn(1));
  std::vector<PersonTrack> tracks;
  for (int t = 0; t < kTracks; ++t) {
    Identity identity = drawn(0.4f);
    for (std::size_t i = 0; i < kNumbers; ++i) identity[i] += truth[static_cast<std::size_t>(t % kPeople)][i];
    tracks.push_back(track("a", t * 10, t * 10 + 9, unit_length(std::move(identity))));
  }
  const Names names = join_people(tracks, kSame).of_track;
  for (int t = 0; t < kTracks; ++t)
    EXPECT_EQ(names[static_cast<std::size_t>(t)], "a-t" + std::to_string(t % kPeople * 10)) << t;
}

}  // namespace
}  // namespace understudy::face
