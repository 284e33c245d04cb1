#include "understudy/stages/aligned_faces.h"

#include "stage/faces_sample.h"

namespace understudy::stages {
namespace {

/// The first two frames of bruno's clip, extracted and aligned as the source `name`.
AlignedFaces aligned_faces(const fs::path& folder, const std::string& name) {
  ExtractOptions options = extract_options(folder, "bruno", "0-1");
  options.source = name;
  QuietRun quiet;
  extract(options, quiet.run);
  align(align_options(options.dataset), quiet.run);
  return AlignedFaces({dataset::Dataset::open(options.dataset)});
}

std::vector<std::string> moments_of(const fs::path& folder, const std::string& name) {
  const AlignedFaces faces = aligned_faces(folder, name);
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

TEST(AlignedFaces, KnowWhereTheirCropsLieInTheFrame) {
  const TemporaryFolder folder;
  const AlignedFaces faces = aligned_faces(folder.path(), "scene");
  const dataset::Dataset dataset = dataset::Dataset::open(folder.path() / "bruno");
  std::vector<dataset::BadLine> bad_lines;
  std::size_t idx = 0;
  for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", "scene"))) {
    for (const dataset::FaceRecord& record : dataset::read_records(shard, bad_lines)) {
      const std::array<double, 6> map = faces.crop_from_frame(idx).value();
      const torch::Tensor in_crop = faces.load(idx).landmarks;
      const double side = faces.format().size;
      for (const std::size_t i : {0u, 30u, 67u}) {
        const cv::Point2d at = record.landmarks->at(i);
        const auto k = static_cast<std::int64_t>(i);
        EXPECT_NEAR(map[0] * at.x + map[1] * at.y + map[2], (in_crop[k][0].item<double>() + 0.5) / side,
                    1e-4);
        EXPECT_NEAR(map[3] * at.x + map[4] * at.y + map[5], (in_crop[k][1].item<double>() + 0.5) / side,
                    1e-4);
      }
      ++idx;
    }
  }
  EXPECT_EQ(idx, faces.size());
}

}  // namespace
}  // namespace understudy::stages
