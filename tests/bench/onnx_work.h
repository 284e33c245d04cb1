#pragma once

#include <filesystem>
#include <opencv2/dnn/dnn.hpp>

#include "understudy/core/files.h"
#include "understudy/vision/network.h"

namespace understudy::bench {

/// Floating-point operations of one pass of the network in the ONNX file, two for each multiply-add, as
/// OpenCV counts them.
inline double onnx_flops(const std::filesystem::path& path, const cv::dnn::MatShape& input) {
  return static_cast<double>(vision::load_network(read_file(path), path).getFLOPS(input));
}

}  // namespace understudy::bench
