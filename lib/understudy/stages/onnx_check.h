#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace understudy::stages {

/// Some faces, and what a network makes of them; each float32 and N x C x H x W.
struct NetworkAnswer {
  cv::Mat faces, swap, mask;
};

/// Runs an ONNX file of onnx_model.h in cv::dnn. Throws Error kBug when it cannot be run or differs anywhere
/// by more than 1e-3 from `expected`.
void check_onnx(const std::string& onnx, const NetworkAnswer& expected);

}  // namespace understudy::stages
