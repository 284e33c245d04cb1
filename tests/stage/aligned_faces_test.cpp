#include "understudy/stages/aligned_faces.h"

#include <gmock/gmock.h>

#include "stage/cast_sample.h"
#include "understudy/stages/train_people.h"

namespace understudy::stages {
namespace {

/// The moments of the first two frames of bruno's clip, extracted and aligned as the source `name`.
std::vector<std::string> moments_of(const fs::path& folder, const std::string& name) {
  ExtractOptions options = extract_options(folder, "bruno", "0-1");
  options.source = name;
  QuietRun quiet;
  extract(options, quiet.run);
  align(align_options(options.dataset), quiet.run);
  const AlignedFaces faces({dataset::Dataset::open(options.dataset)});
  std::vector<std::string> moments;
  for (std::size_t i = 0; i < faces.size(); ++i) moments.push_back(faces.moment(i));
  return moments;
}

TEST(AlignedFaces, WhatFollowsADotInASourcesNameIsNotPartOfTheMoment) {
  const TemporaryFolder plain, dotted;
  const std::vector<std::string> wanted{"scene/0", "scene/1"};
  EXPECT_EQ(moments_of(plain.path(), "scene"), wanted);
  EXPECT_EQ(moments_of(dotted.path(), "scene.bruno.first"), wanted);
}

TEST(AlignedFaces, AreThoseOfThePeopleWhoAreAskedFor) {
  const TwoSources sample;
  const std::vector datasets{dataset::Dataset::open(sample.root())};
  const AlignedFaces all(datasets);
  EXPECT_EQ(all.size(), 16u);
  EXPECT_THAT(all.people().front().known, testing::ElementsAre("p1", "p2"));
  EXPECT_EQ(AlignedFaces(datasets, {"p2"}).size(), 4u);
  EXPECT_EQ(AlignedFaces(datasets, {"p2", "somebody of another dataset"}).size(), 4u);
  try {
    const AlignedFaces none(datasets, {"carl"});
    ADD_FAILURE() << none.size();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUsage);
    EXPECT_THAT(e.message() + e.hint(), testing::HasSubstr("'carl'it shows: p1, p2"));
  }
}

TEST(MixedPeople, AreToldOfUnlessOneIsChosen) {
  const TwoSources sample;
  const std::vector datasets{dataset::Dataset::open(sample.root())};
  const auto people_of = [&](const std::set<std::string>& wanted) {
    TrainedPeople out;
    out.performers.push_back({"performer", datasets, std::make_shared<AlignedFaces>(datasets, wanted)});
    return out;
  };
  EXPECT_THAT(mixed_people(people_of({}), {}),
              testing::ElementsAre(testing::HasSubstr("several people (p1, p2)")));
  EXPECT_EQ(mixed_people(people_of({"p1"}), {"p1"}).size(), 0u);
  EXPECT_EQ(mixed_people(people_of({"p1", "p2"}), {"p1", "p2"}).size(), 1u);
}

}  // namespace
}  // namespace understudy::stages
