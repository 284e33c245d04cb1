#pragma once

#include <string>

#include "weights_file.h"

namespace understudy::faces {

/// The network as an ONNX file: the input `picture` (float32, N x 3 x height x width, B, G, R, (value -
/// 127.5) / 64 for 8-bit values), the outputs of its graph.
std::string onnx_file(const TrainedNetwork& network);

}  // namespace understudy::faces
