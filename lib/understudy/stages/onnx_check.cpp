#include "understudy/stages/onnx_check.h"

#include <algorithm>
#include <cmath>
#include <opencv2/dnn.hpp>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::stages {
namespace {

constexpr double kTolerance = 1e-3;

std::vector<cv::Mat> run_onnx(const std::string& onnx, const cv::Mat& faces) {
  std::vector<cv::Mat> out;
  try {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net.setInput(faces, "face");
    net.forward(out, std::vector<cv::String>{"swap", "mask"});
  } catch (const cv::Exception& e) {
    throw Error(ErrorCode::kBug, text("the exported network cannot be run: ", e.err),
                "please report this with the model's model.json");
  }
  return out;
}

/// No number when one of them is none.
double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  double largest = 0;
  const float *x = a.ptr<float>(), *y = b.ptr<float>();
  for (std::size_t i = 0; i < a.total(); ++i) {
    const double difference = std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i]));
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

void check_same(const cv::Mat& made, const cv::Mat& expected, const char* output) {
  if (made.size != expected.size || made.type() != CV_32F || !made.isContinuous())
    throw Error(ErrorCode::kBug, text("the exported network gives a '", output, "' of another shape"),
                "please report this with the model's model.json");
  const double difference = largest_difference(made, expected);
  if (!(difference <= kTolerance))  // also when it is no number
    throw Error(ErrorCode::kBug,
                text("the exported network differs from the model by ", difference, " in '", output,
                     "', at most ", kTolerance, " was expected"),
                "nothing was written; please report this with the model's model.json");
}

}  // namespace

void check_onnx(const std::string& onnx, const NetworkAnswer& expected) {
  const std::vector<cv::Mat> made = run_onnx(onnx, expected.faces);
  check_same(made[0], expected.swap, "swap");
  check_same(made[1], expected.mask, "mask");
}

}  // namespace understudy::stages
