#include "understudy/face/face_place.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "understudy/core/json.h"

namespace understudy::face {
namespace {

constexpr int kSize = 256;
const CropFamily& kFamily = crop_families().at("whole");

/// A few rendered people, as scripts/base/fit_face_place.py wrote them.
struct Examples {
  Json json = read_json_file(std::string(TEST_DATA) + "/face_place.json");

  std::vector<Landmarks> faces(std::size_t person) const {
    std::vector<Landmarks> out;
    for (const Json& points : json["people"][person]["faces"]) {
      Landmarks& face = out.emplace_back();
      for (std::size_t k = 0; k < face.size(); ++k) face[k] = {points[k][0], points[k][1]};
    }
    return out;
  }
  std::size_t size() const { return json["people"].size(); }
};

std::vector<Landmarks> in_mirror(std::vector<Landmarks> faces) {
  constexpr std::array kOther = {16, 15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4,  3,  2,  1,  0,
                                 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33,
                                 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52,
                                 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65};
  for (Landmarks& face : faces) {
    const Landmarks seen = face;
    for (std::size_t k = 0; k < face.size(); ++k) {
      const cv::Point2f& other = seen[static_cast<std::size_t>(kOther[k])];
      face[k] = {500 - other.x, other.y};
    }
  }
  return faces;
}

TEST(FacePlace, IsWhatItsRuleWasLearnedFor) {
  const Examples examples;
  ASSERT_GE(examples.size(), 4U);
  for (std::size_t person = 0; person < examples.size(); ++person) {
    const auto place = face_place(examples.faces(person));
    ASSERT_TRUE(place);
    for (std::size_t i = 0; i < kFacePlaceFields.size(); ++i)
      EXPECT_NEAR((*place).*kFacePlaceFields[i], examples.json["people"][person]["place"][i].get<double>(),
                  2e-3)
          << person << " " << i;
  }
}

TEST(FacePlace, ComesNearerToTheTruthThanNothing) {
  const Examples examples;
  std::array<double, kFacePlaceFields.size()> off{}, apart{};
  for (std::size_t a = 0; a < examples.size(); ++a)
    for (std::size_t b = 0; b < examples.size(); ++b) {
      const auto likeness = face_place(examples.faces(a)), performer = face_place(examples.faces(b));
      for (std::size_t i = 0; i < off.size(); ++i) {
        const double truth = examples.json["likeness_on_performer"][a][b][i];
        const double found = (*likeness).*kFacePlaceFields[i] - (*performer).*kFacePlaceFields[i];
        off[i] += (found - truth) * (found - truth);
        apart[i] += truth * truth;
      }
    }
  for (std::size_t i = 0; i < off.size(); ++i) EXPECT_LT(off[i], 0.5 * apart[i]) << i;
}

TEST(FacePlace, IsTheSameInAMirror) {
  const Examples examples;
  const auto here = face_place(examples.faces(1)), there = face_place(in_mirror(examples.faces(1)));
  for (const auto field : kFacePlaceFields) EXPECT_NEAR((*here).*field, (*there).*field, 1e-3);
}

TEST(FacePlace, IsAbsentWhenTheHeadDoesNotTurnOrIsHardlySeen) {
  std::vector<Landmarks> faces = Examples().faces(0);
  EXPECT_FALSE(face_place({}));
  EXPECT_FALSE(face_place(std::vector(faces.begin(), faces.begin() + 11)));
  std::vector<Landmarks> still;
  for (const Landmarks& face : faces)
    if (std::abs(estimate_pose(face).yaw_deg) < 4) still.insert(still.end(), 20, face);
  ASSERT_FALSE(still.empty());
  EXPECT_FALSE(face_place(still));
}

TEST(PerformerFromLikeness, TurnsAboutTheMeanFaceAndMovesIt) {
  const FacePlace likeness{0.02, 0.04, 0.03, -0.02}, performer{0.01, 0.02, 0.02, 0};
  const Affine map = performer_from_likeness(likeness, performer, {30, 90, 0}, kFamily, kSize);
  EXPECT_NEAR(turn_of(map), 0.01, 1e-9);
  EXPECT_NEAR(scale_of(map), 1, 1e-12);
  const Affine crop = crop_from_mean_face(kFamily, kSize);
  const cv::Point2d middle = transform(crop, {0, 0}), moved = transform(map, middle);
  const double mean_face = scale_of(crop);
  EXPECT_NEAR(moved.x - middle.x, 0.005 * mean_face, 1e-9);
  EXPECT_NEAR(moved.y - middle.y, (0.01 - 0.02) * mean_face, 1e-9);
}

TEST(PerformerFromLikeness, LeavesAFaceInItsOwnPlaceAndMovesNoneTooFar) {
  const FacePlace some{0.02, 0.04, 0.03, -0.02}, impossible{9, 9, 9, 9};
  const Affine same = performer_from_likeness(some, some, {30, 5, 0}, kFamily, kSize);
  EXPECT_LT(cv::norm(same - Affine(1, 0, 0, 0, 1, 0)), 1e-9);
  const Affine far = performer_from_likeness(impossible, some, {30, 5, 0}, kFamily, kSize);
  EXPECT_LT(std::abs(turn_of(far)), 0.1);
  EXPECT_LT(cv::norm(transform(far, {128, 128}) - cv::Point2d(128, 128)), 0.1 * kSize);
}

TEST(CropFromMeanFace, IsWhereAlignedLandmarksLie) {
  const Landmarks face = Examples().faces(2)[0];
  const Affine mean_face = aligned_from_frame(face, {1, 0}, 1);
  for (const auto& family : crop_families()) {
    const Affine direct = aligned_from_frame(face, family.value, kSize),
                 over = compose(crop_from_mean_face(family.value, kSize), mean_face);
    EXPECT_LT(cv::norm(direct - over), 1e-6) << family.name;
  }
}

}  // namespace
}  // namespace understudy::face
