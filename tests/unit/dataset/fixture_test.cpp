#include "understudy/dataset/check.h"
#include "understudy/dataset/png.h"
#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

// Format version 1 is read forever: when this fails, the reader is wrong and not the fixture.
class FixtureV1 : public testing::Test {
 protected:
  std::vector<FaceRecord> records(const std::string& stage) const {
    const std::vector<Shard> shards = list_shards(dataset.stage_folder(stage, "plate"));
    EXPECT_EQ(shards.size(), 1u);
    std::vector<BadLine> bad;
    std::vector<FaceRecord> out = read_records(shards.at(0), bad);
    EXPECT_TRUE(bad.empty());
    return out;
  }

  Dataset dataset = Dataset::open(fs::path(TEST_DATA) / "dataset-v1");
};

TEST_F(FixtureV1, TheHeaderSaysWhoseItIs) {
  EXPECT_EQ(dataset.info().subject, "drawn");
  EXPECT_EQ(dataset.info().role, "likeness");
  EXPECT_EQ(json_field<std::string>(dataset.info().consent, "basis", "dataset.json"), "synthetic");
  EXPECT_EQ(dataset.sources(), std::vector<std::string>{"plate"});
  EXPECT_EQ(dataset.source("plate").frame_count, 10);
}

TEST_F(FixtureV1, TheRecordsAreAsTheyWereWritten) {
  const auto extracted = records("extract"), aligned = records("align");
  ASSERT_EQ(extracted.size(), 2u);
  ASSERT_EQ(aligned.size(), 2u);
  for (int frame = 0; frame < 2; ++frame) {
    FaceRecord wanted = aligned_record(frame);
    wanted.image = aligned[frame].image;
    wanted.mask = aligned[frame].mask;
    EXPECT_EQ(embedded_text(aligned[frame]), embedded_text(wanted));
    EXPECT_TRUE(aligned[frame].unknown.empty());
    EXPECT_EQ(extracted[frame].crop_from_frame, wanted.crop_from_frame);
    EXPECT_FALSE(extracted[frame].landmarks);
  }
}

TEST_F(FixtureV1, ThePicturesAreAsTheyWereDrawn) {
  const fs::path shard = dataset.stage_folder("align", "plate") / "000000-000002";
  for (int frame = 0; frame < 2; ++frame) {
    const FaceRecord record = records("align")[frame];
    const cv::Mat image = decode_png(read_file(shard / record.image), "image");
    const cv::Mat mask = decode_png(read_file(shard / record.mask), "mask");
    EXPECT_EQ(cv::norm(image, drawn_picture(16, CV_16UC3, frame), cv::NORM_INF), 0);
    EXPECT_EQ(cv::norm(mask, drawn_picture(16, CV_8UC1, frame), cv::NORM_INF), 0);
  }
}

TEST_F(FixtureV1, IsWholeAndItsFramesAreDone) {
  const CheckResult result = check_dataset(dataset);
  EXPECT_THAT(result.problems, testing::IsEmpty());
  EXPECT_EQ(result.faces, 4);
  const auto work = pending_work(dataset.stage_folder("align", "plate"), {0, 1, 2},
                                 shard_info("align", {}).options, false, {});
  EXPECT_TRUE(work.groups.empty());
}

}  // namespace
}  // namespace understudy::dataset
