#pragma once

#include <array>
#include <filesystem>

namespace understudy::bench {

/// Floating-point operations of the convolutions in one pass of the network in the ONNX file, two for each
/// multiply-add; `input` is its shape. OpenCV's own count takes no notice of groups.
double onnx_flops(const std::filesystem::path& path, const std::array<int, 4>& input);

}  // namespace understudy::bench
