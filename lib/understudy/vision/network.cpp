#include "understudy/vision/network.h"

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::vision {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const cv::Exception& why) {
  throw Error(ErrorCode::kFormat, text(path.string(), " is not a usable network: ", why.err),
              "get the file anew from where the pages in docs/tools say, or use another");
}

}  // namespace

cv::dnn::Net load_network(const std::string& onnx, const std::filesystem::path& path) {
  try {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
    net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    return net;
  } catch (const cv::Exception& e) {
    refuse(path, e);
  }
}

std::vector<cv::Mat> run_network(cv::dnn::Net& net, const cv::Mat& input,
                                 const std::vector<std::string>& outputs, const std::filesystem::path& path) {
  std::vector<cv::Mat> out;
  try {
    net.setInput(input);
    net.forward(out, outputs);
  } catch (const cv::Exception& e) {
    refuse(path, e);
  }
  for (const cv::Mat& blob : out)
    if (blob.type() != CV_32F)
      throw Error(ErrorCode::kFormat, text(path.string(), " gives other numbers than expected"));
  return out;
}

}  // namespace understudy::vision
