#include "understudy/stages/aligned_faces.h"

#include "stage/faces_sample.h"

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

}  // namespace
}  // namespace understudy::stages
