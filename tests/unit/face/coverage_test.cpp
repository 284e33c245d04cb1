#include "understudy/face/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace understudy::face {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Faces whose yaw goes evenly from the one angle to the other, with the mouth open by up to that part of
/// the eyes' distance.
FaceShapes turning(int count, double from_deg, double to_deg, float most_open) {
  FaceShapes out;
  for (int i = 0; i < count; ++i) {
    const double part = i / (count - 1.0);
    out.poses.push_back({from_deg + (to_deg - from_deg) * part, 5, 0});
    Landmarks& face = out.landmarks.emplace_back();
    face[36] = {-50, 0};
    face[45] = {50, 0};
    for (const std::size_t lip : {65, 66, 67}) face[lip].y = 100 * most_open * static_cast<float>(part);
  }
  return out;
}

TEST(Coverage, NamesWhatTheLikenessLacks) {
  const FaceShapes narrow = turning(9, -10, 10, 0.1f), wide = turning(21, -40, 40, 0.4f);
  const Json gaps = coverage(narrow, wide);
  EXPECT_EQ(gaps["pose"]["missing_share"], 0.571);  // 12 of 21
  ASSERT_EQ(gaps["pose"]["missing"].size(), 6u);    // 20, 30 and 40 degrees to either side
  for (const Json& bin : gaps["pose"]["missing"]) {
    EXPECT_GE(std::abs(bin["yaw_deg"].get<double>()), 20);
    EXPECT_EQ(bin["pitch_deg"], 0);
  }
  const Json mouth = gaps["expression"]["mouth_open"];
  EXPECT_EQ(mouth["likeness"], Json({0.0, 0.1}));
  EXPECT_EQ(mouth["performer"], Json({0.0, 0.4}));
  EXPECT_EQ(mouth["missing_share"], 0.714);  // 15 of 21
  const std::vector<std::string> said = coverage_sentences(gaps, 3);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_THAT(said[0], HasSubstr("mouth open: 71 %"));
  EXPECT_THAT(said[1], HasSubstr("no face near 57 %"));
  EXPECT_EQ(coverage_sentences(gaps, 1).size(), 1u);

  const Json none = coverage(wide, narrow);
  EXPECT_EQ(none["pose"]["missing_share"], 0);
  EXPECT_THAT(none["pose"]["missing"], IsEmpty());
  EXPECT_THAT(coverage_sentences(none, 3), IsEmpty());
}

TEST(Coverage, OneFaceIsEnoughAndLandmarksAreNotNeeded) {
  const FaceShapes one{{{0, 0, 0}}, {}}, other{{{90, 0, 0}}, {}};
  EXPECT_EQ(coverage(one, one)["pose"]["missing_share"], 0);
  EXPECT_EQ(coverage(one, other)["pose"]["missing_share"], 1);
  EXPECT_FALSE(coverage(one, other).contains("expression"));
}

}  // namespace
}  // namespace understudy::face
