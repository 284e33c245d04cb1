#include "understudy/model/face_pairs.h"

#include <gtest/gtest.h>

#include "drawn_faces.h"
#include "understudy/model/augment.h"

namespace understudy::model {
namespace {

using Map = std::array<double, 6>;
constexpr double kFrameSide = 100;

/// Faces numbered from `first`, whose crops are all cut from the frame by one map; without it, nobody knows.
struct Placed : DrawnFaces {
  Placed(std::size_t count, int first, std::optional<Map> map)
      : DrawnFaces(count, 0), first_(first), map_(map) {}
  std::string moment(std::size_t idx) const override {
    const int number = first_ + static_cast<int>(idx);
    return number < 0 ? "" : text("scene/", number);
  }
  std::optional<Map> crop_from_frame(std::size_t) const override { return map_; }
  int first_;
  std::optional<Map> map_;
};

/// The crop whose side is `side` of the frame's pixels and whose corner lies at (x, y).
Map square(double x, double y, double side) {
  return {1 / side, 0, -x / side, 0, 1 / side, -y / side};
}

TEST(FacePairs, AreThoseOfTheSameMoment) {
  const Placed likeness(3, 10, {}), performer(4, 8, {}), nameless(2, -5, {});
  const std::vector<FacePair> pairs = find_pairs(likeness, performer);
  ASSERT_EQ(pairs.size(), 2u);
  for (std::size_t i : {0u, 1u}) {
    EXPECT_EQ(pairs[i].likeness_idx, static_cast<std::int64_t>(i));
    EXPECT_EQ(pairs[i].performer_idx, static_cast<std::int64_t>(i) + 2);
    EXPECT_TRUE(pairs[i].likeness_from_performer.equal(torch::eye(3).narrow(0, 0, 2)));
  }
  EXPECT_TRUE(find_pairs(nameless, nameless).empty());
}

/// A dark frame with a bright square at (50..60, 30..40), as a crop of 64 pixels sees it.
FaceBatch crop_of_frame(double x, double y, double side) {
  const std::int64_t px = 64;
  const torch::Tensor line = (torch::arange(px, torch::kFloat64) + 0.5) / px * side;
  const auto inside = [](const torch::Tensor& at, double from) { return (at > from) & (at < from + 10); };
  const torch::Tensor seen = (inside(line + x, 50).view({1, -1}) & inside(line + y, 30).view({-1, 1})) * 255;
  const torch::Tensor bytes = seen.to(torch::kUInt8).view({1, 1, px, px});
  const torch::Tensor centre = torch::tensor({(55 - x) / side, (35 - y) / side}, torch::kFloat32);
  return {bytes.repeat({1, 3, 1, 1}), bytes, {}, centre.view({1, 1, 2}).repeat({1, 68, 1}), {}};
}

TEST(FacePairs, AnswersLieAsThePerformersCropSeesThem) {
  const Placed likeness(1, 0, square(30, 10, 50)), performer(1, 0, square(20, 15, 60));
  const std::vector<FacePair> pairs = find_pairs(likeness, performer);
  FaceBatch faces = crop_of_frame(20, 15, 60);
  const FaceBatch wanted = faces;
  faces.inputs_nchw = torch::ones({1});
  const FaceBatch answers = crop_of_frame(30, 10, 50);
  answer_with(faces, answers, pairs.front().likeness_from_performer.unsqueeze(0));
  const auto off = [](const torch::Tensor& a, const torch::Tensor& b) {
    return (a.to(torch::kFloat32) - b.to(torch::kFloat32)).abs().mean().item<double>();
  };
  // Only the square's edges, which are softer where a picture was looked up.
  EXPECT_LT(off(faces.masks_nchw, wanted.masks_nchw), 1.5);
  EXPECT_GT(off(answers.masks_nchw, wanted.masks_nchw), 5);
  EXPECT_LT(off(faces.targets_nchw, wanted.targets_nchw), 1.5);
  EXPECT_TRUE(torch::allclose(faces.landmarks, wanted.landmarks, 0, 1e-5));
  EXPECT_TRUE(faces.inputs_nchw.equal(torch::ones({1})));  // the performer is still what is shown
}

TEST(FacePairs, ATurnedCropTurnsItsAnswer) {
  // The performer's crop is the likeness', turned by a quarter: (x, y) -> (y, 1 - x).
  const Map turned{0, 1 / kFrameSide, 0, -1 / kFrameSide, 0, 1};
  const Placed likeness(1, 0, square(0, 0, kFrameSide)), performer(1, 0, turned);
  const torch::Tensor map = find_pairs(likeness, performer).front().likeness_from_performer;
  FaceBatch faces = crop_of_frame(0, 0, kFrameSide);
  const FaceBatch answers = crop_of_frame(0, 0, kFrameSide);
  answer_with(faces, answers, map.unsqueeze(0));
  EXPECT_TRUE(torch::allclose(faces.landmarks[0][0], torch::tensor({0.35F, 0.45F}), 0, 1e-5));
  EXPECT_TRUE(faces.masks_nchw.equal(answers.masks_nchw.transpose(2, 3).flip({2})));
}

TEST(FacePairs, MasksAreEmptyBeyondTheLikenessCrop) {
  const Placed likeness(1, 0, square(0, 0, 50)), performer(1, 0, square(0, 0, 100));
  const torch::Tensor map = find_pairs(likeness, performer).front().likeness_from_performer;
  const torch::Tensor white = torch::full({1, 1, 8, 8}, 255, torch::kUInt8);
  FaceBatch faces{white.repeat({1, 3, 1, 1}), white, {}, {}, {}};
  const FaceBatch answers = faces;
  answer_with(faces, answers, map.unsqueeze(0));
  EXPECT_EQ(faces.masks_nchw[0][0][1][1].item<int>(), 255);
  EXPECT_EQ(faces.masks_nchw[0][0][6][6].item<int>(), 0);
  EXPECT_EQ(faces.targets_nchw.min().item<int>(), 255);
  EXPECT_FALSE(faces.landmarks.defined());
}

}  // namespace
}  // namespace understudy::model
