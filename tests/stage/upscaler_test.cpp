#include "understudy/vision/upscaler.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "stage/merge_sample.h"
#include "understudy/model/onnx_format.h"
#include "unit/compose/pictures.h"

namespace understudy::stages {
namespace {

/// A network that repeats each pixel `scale` times each way and adds `offset`.
std::string repeating_network(int scale, float offset = 0) {
  model::OnnxWriter writer;
  const int copies = scale * scale;
  std::vector<float> weights(static_cast<std::size_t>(9 * copies), 0),
      biases(static_cast<std::size_t>(3 * copies), offset);
  // DepthToSpace (DCR) takes channel copy * 3 + c.
  for (int copy = 0; copy < copies; ++copy)
    for (int c = 0; c < 3; ++c) weights[static_cast<std::size_t>((copy * 3 + c) * 3 + c)] = 1;
  writer.add_input("picture", {1, 3, 128, 128});
  writer.add_output("larger", {1, 3, 128 * scale, 128 * scale});
  writer.add_constant("weights", {3 * copies, 3, 1, 1}, weights.data());
  writer.add_constant("biases", {3 * copies}, biases.data());
  writer.add_node("Conv", {"picture", "weights", "biases"}, "copies",
                  {{"kernel_shape", std::vector<std::int64_t>{1, 1}}});
  writer.add_node("DepthToSpace", {"copies"}, "larger", {{"blocksize", std::int64_t{scale}}});
  return writer.finished("repeat", "1", "for tests");
}

class UpscalerTest : public testing::Test {
 protected:
  fs::path file(const std::string& bytes) {
    const fs::path out = folder_.path() / "network.onnx";
    write_file(out, bytes);
    return out;
  }
  TemporaryFolder folder_;
};

TEST_F(UpscalerTest, TilesMakeOnePictureOfAnySize) {
  for (const int scale : {2, 4}) {
    const vision::Upscaler upscaler(file(repeating_network(scale)));
    EXPECT_EQ(upscaler.scale(), scale);
    for (const cv::Size size : {cv::Size(128, 128), cv::Size(1, 1), cv::Size(300, 129), cv::Size(240, 260)}) {
      const cv::Mat picture = compose::noise(size, CV_32FC3, 3);
      cv::Mat wanted;
      cv::resize(picture, wanted, {}, scale, scale, cv::INTER_NEAREST);
      const cv::Mat made = upscaler.enlarged(picture);
      ASSERT_EQ(made.size(), wanted.size());
      EXPECT_LT(cv::norm(made, wanted, cv::NORM_INF), 1e-5) << size;
    }
  }
}

TEST_F(UpscalerTest, WhatIsNoSuchNetworkIsRefused) {
  const auto code = [&](const fs::path& path) {
    try {
      const vision::Upscaler upscaler(path);
    } catch (const Error& e) {
      return e.code();
    }
    return ErrorCode::kBug;
  };
  EXPECT_EQ(code(folder_.path() / "missing.onnx"), ErrorCode::kInput);
  EXPECT_EQ(code(file("not a network")), ErrorCode::kFormat);
  EXPECT_EQ(code(file("")), ErrorCode::kFormat);
  EXPECT_EQ(code(file(repeating_network(1))), ErrorCode::kFormat);
}

TEST_F(UpscalerTest, AMergeGivesEachCropToIt) {
  const Sample sample({.frames = 2, .size = 128});
  MergeOptions options = sample.options();
  QuietRun plain, repeated, lighter;
  const auto light = [&](QuietRun& quiet) {
    merge(options, quiet.run);
    const auto frames = read_frames(options.output, 2), mattes = read_frames(options.matte, 2);
    return cv::mean(frames[1].picture.plane(0), mattes[1].picture.plane(0) > 250)[0];
  };
  const double before = light(plain);
  options.upscale = file(repeating_network(2));
  EXPECT_NEAR(light(repeated), before, 0.3);
  EXPECT_EQ(repeated.report.to_json().at("inputs").back().at("path"), options.upscale.string());
  options.upscale = file(repeating_network(2, 0.1F));
  EXPECT_NEAR(light(lighter), before + 0.1 * 219, 3);
}

}  // namespace
}  // namespace understudy::stages
