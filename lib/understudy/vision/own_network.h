#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

namespace understudy::vision {

/// One of the networks that the project trained (docs/face-models.md), run by oneDNN on the calling thread:
/// several times as quick as cv::dnn, which reads the file. Not thread-safe, see twin().
class OwnNetwork {
 public:
  /// The network in the ONNX file `path`; `outputs` names what run() gives. Compares itself with cv::dnn
  /// once. Throws Error kInput when the file cannot be read, kFormat when it holds no network, lacks an
  /// output, or has an operation that ours do not have.
  OwnNetwork(const std::filesystem::path& path, std::vector<std::string> outputs);

  /// The same network for another thread.
  OwnNetwork twin() const;

  /// For a picture CV_8UC3, each side a multiple of 32 pixels; the network sees (value - 127.5) / 64. The
  /// outputs in their order, 1 x C x H x W, CV_32F. Throws Error kFormat when the network does not fit it.
  std::vector<cv::Mat> run(const cv::Mat& bgr8);

  const std::filesystem::path& path() const;

  ~OwnNetwork();
  OwnNetwork(OwnNetwork&&) noexcept;
  OwnNetwork& operator=(OwnNetwork&&) noexcept;

 private:
  struct Graph;
  struct Fitted;
  class Sizes;

  explicit OwnNetwork(std::shared_ptr<const Graph> graph);

  std::shared_ptr<const Graph> graph_;
  std::unique_ptr<Sizes> sizes_;
};

}  // namespace understudy::vision
