#include <gtest/gtest.h>

#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "stage/merge_sample.h"
#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/texture.h"

namespace understudy::stages {
namespace {

/// One frame merged in each way, beside the picture of it in tests/data/golden. With UNDERSTUDY_WRITE_GOLDEN
/// set the pictures are written anew, to be looked at before they are committed.
class Golden : public testing::Test {
 protected:
  MergeOptions options() const {
    MergeOptions out = sample_.options();
    out.common.frames.frames = FrameSet::parse("1");
    out.matte.clear();
    out.steady_frames = 0;
    return out;
  }

  void compare(const std::string& name, const MergeOptions& options) {
    QuietRun quiet;
    merge(options, quiet.run);
    cv::Mat made;
    cv::resize(read_frames(options.output, 1).front().picture.bgr8()(cv::Rect(100, 100, 256, 256)), made,
               {128, 128}, 0, 0, cv::INTER_AREA);
    const std::string path = fs::path(TEST_DATA) / "golden" / (name + ".png");
    if (std::getenv("UNDERSTUDY_WRITE_GOLDEN")) cv::imwrite(path, made);
    const cv::Mat golden = cv::imread(path);
    ASSERT_EQ(golden.size(), made.size()) << path;
    EXPECT_LT(cv::norm(made, golden, cv::NORM_L1) / static_cast<double>(3 * made.total()), 0.25) << path;
    EXPECT_LE(cv::norm(made, golden, cv::NORM_INF), 8) << path;
  }

 private:
  const Sample sample_{{.frames = 3, .size = 128, .darker = 1}};
};

TEST_F(Golden, EveryColourMatch) {
  for (const auto& entry : compose::color_matches()) {
    MergeOptions way = options();
    way.look.color = entry.name;
    compare("color-" + entry.name, way);
  }
}

TEST_F(Golden, EveryBlendMode) {
  for (const auto& entry : compose::blend_modes()) {
    MergeOptions way = options();
    way.look.blend = entry.name;
    compare("blend-" + entry.name, way);
  }
}

TEST_F(Golden, EveryMask) {
  for (const auto& entry : compose::mask_modes()) {
    MergeOptions way = options();
    way.look.mask = entry.name;
    compare("mask-" + entry.name, way);
  }
}

TEST_F(Golden, EveryTexture) {
  for (const auto& entry : compose::texture_matches()) {
    MergeOptions way = options();
    way.look.textures = {entry.name};
    compare("texture-" + entry.name, way);
  }
}

}  // namespace
}  // namespace understudy::stages
