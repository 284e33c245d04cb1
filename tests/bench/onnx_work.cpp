#include "bench/onnx_work.h"

#include "understudy/core/files.h"
#include "understudy/vision/network.h"

namespace understudy::bench {

double onnx_flops(const std::filesystem::path& path, const std::array<int, 4>& input) {
  cv::dnn::Net net = vision::load_network(read_file(path), path);
  std::vector<int> ids;
  std::vector<std::vector<cv::dnn::MatShape>> ins, outs;
  net.getLayersShapes(cv::dnn::MatShape(input.begin(), input.end()), ids, ins, outs);
  double flops = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto layer = net.getLayer(ids[i]);
    if (layer->type != "Convolution") continue;
    // Every weight is used once for each pixel of each output.
    const cv::dnn::MatShape& out = outs[i].front();
    flops += 2.0 * static_cast<double>(layer->blobs.front().total()) * out[2] * out[3];
  }
  return flops;
}

}  // namespace understudy::bench
