#include "understudy/vision/own_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/dnn/dnn.hpp>
#include <thread>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/network.h"

namespace understudy::vision {
namespace {

using testing::HasSubstr;

struct Known {
  std::string file;
  std::vector<std::string> outputs;
};

cv::Mat noise(int width, int height) {
  cv::Mat out(height, width, CV_8UC3);
  cv::RNG(7).fill(out, cv::RNG::UNIFORM, 0, 256);
  return out;
}

bool is_same(const std::vector<cv::Mat>& a, const std::vector<cv::Mat>& b) {
  return std::ranges::equal(a, b, [](const cv::Mat& x, const cv::Mat& y) {
    return x.size == y.size && cv::norm(x, y, cv::NORM_INF) == 0;
  });
}

class OurNetworks : public testing::TestWithParam<Known> {
 protected:
  std::filesystem::path path_ = find_shipped_model_file(GetParam().file, {});
  OwnNetwork network_{path_, GetParam().outputs};
};

TEST_P(OurNetworks, GiveWhatOpenCvGivesAtAnySize) {
  cv::dnn::Net net = load_network(read_file(path_), path_);
  for (const auto& [width, height] : {std::pair(128, 128), {64, 32}, {160, 96}, {576, 352}}) {
    const cv::Mat picture = noise(width, height);
    const cv::Mat input = cv::dnn::blobFromImage(picture, 1 / 64.0, {}, cv::Scalar::all(127.5));
    const auto expected = run_network(net, input, GetParam().outputs, path_), made = network_.run(picture);
    ASSERT_EQ(made.size(), expected.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
      ASSERT_EQ(made[i].size, expected[i].size);
      const double largest = std::max(1.0, cv::norm(expected[i], cv::NORM_INF));
      EXPECT_LT(cv::norm(made[i], expected[i], cv::NORM_INF), 1e-4 * largest) << width << "x" << height;
    }
  }
}

TEST_P(OurNetworks, GiveTheSameBitsOnAnyThreadAfterAnyOtherPicture) {
  const cv::Mat picture = noise(128, 128);
  const auto first = network_.run(picture);
  for (int side = 32; side <= 320; side += 32) network_.run(noise(side, 64));
  EXPECT_TRUE(is_same(network_.run(picture), first));
  std::vector<cv::Mat> elsewhere;
  OwnNetwork twin = network_.twin();
  std::thread([&] { elsewhere = twin.run(picture); }).join();
  EXPECT_TRUE(is_same(elsewhere, first));
}

INSTANTIATE_TEST_SUITE_P(All, OurNetworks,
                         testing::Values(Known{"understudy_detector.onnx", {"s8", "s16", "s32"}},
                                         Known{"understudy_face.onnx", {"heat", "classes", "head"}}),
                         [](const auto& known) { return known.index == 0 ? "Detector" : "Face"; });

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kFormat);
    return e.message();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(OwnNetwork, RefusesWhatIsNotOurs) {
  const auto face = find_shipped_model_file("understudy_face.onnx", {});
  EXPECT_THAT(refusal([&] { OwnNetwork(face, {"heat", "sky"}); }), HasSubstr("no output 'sky'"));
  OwnNetwork network(face, {"heat"});
  EXPECT_THAT(refusal([&] { network.run(noise(100, 100)); }), HasSubstr("differs in size"));
}

}  // namespace
}  // namespace understudy::vision
