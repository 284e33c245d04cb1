#include "understudy/model/training_faces.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "drawn_faces.h"
#include "understudy/core/files.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const NetworkConfig kNetwork = tiny_preset().network;
const Window kWindow = window_in("whole");

/// Faces with a digest and counted readings.
struct Counted : DrawnFaces {
  using DrawnFaces::DrawnFaces;
  FaceSample load(std::size_t idx) const override {
    ++readings;
    return DrawnFaces::load(idx);
  }
  std::string digest() const override { return name; }
  std::string name = "first";
  mutable std::atomic<int> readings = 0;
};

TrainingFacesOptions options_of(RankShare share = {}) {
  TrainingFacesOptions options;
  options.seed = 3;
  options.share = share;
  return options;
}

TEST(FaceStore, KeepsDecodedFacesInItsCache) {
  const TempFolder folder;
  const StoreSizes sizes = store_sizes(kNetwork, kWindow);
  const auto open = [&](const FaceSet& set) { return FaceStore(set, "likeness", sizes, 1, folder.path()); };
  Counted faces(4, 1);
  const FaceBatch fresh = open(faces).spread(4);
  EXPECT_EQ(faces.readings, 4);
  const FaceStore again = open(faces);
  const FaceBatch kept = again.spread(4);
  EXPECT_EQ(faces.readings, 4);
  EXPECT_TRUE(kept.targets_nchw.equal(fresh.targets_nchw) && kept.masks_nchw.equal(fresh.masks_nchw) &&
              kept.inputs_nchw.equal(fresh.inputs_nchw) && kept.landmarks.equal(fresh.landmarks) &&
              kept.pose.equal(fresh.pose));
  // A file that was cut short is made anew, and one of other faces is not taken.
  fs::resize_file(again.cache_file(), fs::file_size(again.cache_file()) - 1);
  open(faces);
  EXPECT_EQ(faces.readings, 8);
  faces.name = "second";
  EXPECT_NE(open(faces).cache_file(), again.cache_file());
  EXPECT_EQ(faces.readings, 12);
}

TEST(FaceStore, RefusesACacheThatCannotBeWritten) {
  const TempFolder folder;
  write_file(folder.path() / "file", "");
  const Counted faces(2, 1);
  const auto [code, message] = error_of(
      [&] { FaceStore(faces, "likeness", store_sizes(kNetwork, kWindow), 1, folder.path() / "file"); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kResource));
}

TEST(FaceStore, PassesOnWhatAFaceThrows) {
  struct Failing : DrawnFaces {
    using DrawnFaces::DrawnFaces;
    FaceSample load(std::size_t) const override { throw Error(ErrorCode::kInput, "the crop is missing"); }
  };
  const auto [code, message] =
      error_of([] { FaceStore(Failing(3, 0), "likeness", store_sizes(kNetwork, kWindow), 1); });
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kInput));
  EXPECT_THAT(message, HasSubstr("the crop is missing"));
}

TEST(Sampler, ShowsEachFaceOnceAnEpoch) {
  Sampler sampler(torch::zeros({7, 2}), 0, 5, "x"), other(torch::zeros({7, 2}), 0, 6, "x");
  std::set<std::vector<std::int64_t>> orders;
  for (std::int64_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<std::int64_t> order = sampler.at(7 * epoch, 7);
    orders.insert(order);
    std::ranges::sort(order);
    EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6));
  }
  EXPECT_GT(orders.size(), 2u);
  EXPECT_NE(sampler.at(0, 70), other.at(0, 70));
}

TEST(Sampler, IsAFunctionOfThePlaceAlone) {
  Sampler one(torch::zeros({5, 2}), 0.5, 1, "x"), parts(torch::zeros({5, 2}), 0.5, 1, "x");
  const std::vector<std::int64_t> whole = one.at(0, 23);
  std::vector<std::int64_t> joined = parts.at(9, 14);
  const std::vector<std::int64_t> begin = parts.at(0, 9);
  joined.insert(joined.begin(), begin.begin(), begin.end());
  EXPECT_EQ(joined, whole);
}

TEST(Sampler, BalancesYawAndPitch) {
  // One face looks aside, one up, eighteen straight on.
  torch::Tensor poses = torch::zeros({20, 2});
  poses[3][0] = 40;
  poses[8][1] = 25;
  const auto share = [&](double balance, std::int64_t face) {
    Sampler sampler(poses, balance, 1, "x");
    const std::vector<std::int64_t> drawn = sampler.at(0, 6000);
    return static_cast<double>(std::ranges::count(drawn, face)) / 6000;
  };
  for (std::int64_t face : {3, 8}) {
    EXPECT_NEAR(share(0, face), 1 / 20., 1e-9);
    EXPECT_NEAR(share(1, face), 1 / 3., 0.01);
    EXPECT_NEAR(share(0.5, face), (1 / 20. + 1 / 3.) / 2, 0.01);
  }
}

TEST(TrainingFaces, GivesEachProcessItsShare) {
  TrainingConfig config = tiny_preset().training;
  config.batch = 4;
  TrainingFaces whole({kLikeness, kPerformer}, kNetwork, options_of(), kWindow);
  whole.set_config(config);
  config.batch = 2;
  std::vector<std::vector<TrainingBatch>> parts;
  for (std::int64_t rank : {0, 1}) {
    TrainingFaces part({kLikeness, kPerformer}, kNetwork, options_of({rank, 2}), kWindow);
    part.set_config(config);
    EXPECT_EQ(part.samples_a_batch(), 4);
    parts.push_back(part.batches(12, 1));
  }
  const std::vector<TrainingBatch> all = whole.batches(12, 1);
  for (std::size_t i : {0, 1}) {
    EXPECT_TRUE(all[i].inputs_nchw.equal(torch::cat({parts[0][i].inputs_nchw, parts[1][i].inputs_nchw})));
    EXPECT_TRUE(all[i].targets_nchw.equal(torch::cat({parts[0][i].targets_nchw, parts[1][i].targets_nchw})));
  }
}

TEST(TrainingFaces, ReadsAheadWhatItWouldReadWhenAsked) {
  TrainingFaces ahead({kLikeness, kPerformer}, kNetwork, options_of(), kWindow),
      asked({kLikeness, kPerformer}, kNetwork, options_of(), kWindow);
  for (TrainingFaces* faces : {&ahead, &asked}) faces->set_config(tiny_preset().training);
  ahead.batches(0, 1);
  ahead.batches(2, 1);
  const TrainingBatch a = ahead.batches(4, 1)[0], b = asked.batches(4, 1)[0];
  EXPECT_TRUE(a.inputs_nchw.equal(b.inputs_nchw));
}

TEST(TrainingFaces, LeavesOutPerformersThatWeighNothing) {
  TrainingConfig config = tiny_preset().training;
  config.performer_weight = 0;
  TrainingFaces faces({kLikeness, kPerformer}, kNetwork, options_of(), kWindow);
  faces.set_config(config);
  const std::vector<TrainingBatch> batches = faces.batches(0, 1);
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches.front().identity, 0u);
}

TEST(TrainingFaces, MovesLikenessesCodesTowardsThePerformers) {
  TrainingConfig config = tiny_preset().training;
  config.augment.code_shift = 0.5;
  TrainingFaces faces({kLikeness, kPerformer}, kNetwork, options_of(), kWindow);
  faces.set_config(config);
  EXPECT_FALSE(faces.batches(0, 1)[0].code_offset.defined());
  // Codes that say only how bright each channel is.
  std::vector<torch::Tensor> seen;
  faces.set_codes([&](const torch::Tensor& images) {
    EXPECT_EQ(images.size(2), kNetwork.input_px);
    return seen.emplace_back(images.mean({2, 3}));
  });
  const torch::Tensor between = seen[1].mean(0) - seen[0].mean(0);
  std::vector<TrainingBatch> batches = faces.batches(0, 1);
  ASSERT_EQ(batches[0].code_offset.sizes(), (std::vector<std::int64_t>{config.batch, 3}));
  EXPECT_FALSE(batches[1].code_offset.defined());
  EXPECT_TRUE(torch::allclose(batches[0].code_offset / between, torch::tensor(0.5f), 0, 0.02));
}

TEST(TrainingFaces, PairsFacesOfTheSameMoment) {
  struct Moments : DrawnFaces {
    Moments(std::size_t count, double hue, int first) : DrawnFaces(count, hue), first_(first) {}
    std::string moment(std::size_t idx) const override {
      return text("scene/", first_ + static_cast<int>(idx));
    }
    int first_;
  };
  const Moments likeness(6, 1, 0), performer(3, 0, 4), stranger(3, 0, 100);
  TrainingConfig config = tiny_preset().training;
  config.paired = true;
  config.augment = {};
  TrainingFaces faces({likeness, performer}, kNetwork, options_of(), kWindow);
  faces.set_config(config);
  const FaceBatch answers = faces.store(0).batch({4, 5});
  EXPECT_EQ(faces.batches(0, 1).size(), 1u);
  EXPECT_EQ(faces.batches(0, 1).front().identity, 1u);
  const torch::Tensor shown = faces.batches(0, 1).front().targets_nchw;
  const torch::Tensor expected =
      cut(answers.targets_nchw.to(torch::kFloat32) / 255, kWindow, kNetwork.output_px);
  for (std::int64_t i : {0, 1})
    EXPECT_TRUE(torch::allclose(shown[i], expected[0], 0, 1e-4) ||
                torch::allclose(shown[i], expected[1], 0, 1e-4));
  TrainingFaces none({likeness, stranger}, kNetwork, options_of(), kWindow);
  EXPECT_THAT(error_of([&] { none.set_config(config); }).second, HasSubstr("the same moment"));
}

}  // namespace
}  // namespace understudy::model
