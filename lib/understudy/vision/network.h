#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <opencv2/dnn/dnn.hpp>
#include <string>
#include <vector>

namespace understudy::vision {

/// The network in the ONNX bytes `onnx`; `path` names it in messages. Throws Error kFormat.
cv::dnn::Net load_network(const std::string& onnx, const std::filesystem::path& path);

/// What `net` gives for `input`, as CV_32F, in the order of `outputs`. Throws Error kFormat, naming `path`,
/// when the network has no such outputs or does not fit the input.
std::vector<cv::Mat> run_network(cv::dnn::Net& net, const cv::Mat& input,
                                 const std::vector<std::string>& outputs, const std::filesystem::path& path);

}  // namespace understudy::vision
