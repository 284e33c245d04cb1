#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

namespace understudy::vision {

/// A super-resolution network of the user's: ONNX, one input 1 x 3 x kTile x kTile, one output s times as
/// large, R, G, B, 0 to 1, with a whole s of 2 to 8. It is given tiles of kTile pixels, which overlap and are
/// dissolved into each other, so that neither the picture's size nor the memory is the network's concern.
class Upscaler {
 public:
  static constexpr int kTile = 128, kOverlap = 16;

  /// Tries the network on one tile. Throws Error kInput (no such file), kFormat (no network, or none of this
  /// kind).
  explicit Upscaler(const std::filesystem::path& onnx);
  ~Upscaler();

  int scale() const { return scale_; }
  /// `bgr` (CV_32FC3, B, G, R) scale() times as large. May be called by several threads at once.
  cv::Mat enlarged(const cv::Mat& bgr) const;

 private:
  struct IdleNetworks;
  cv::Mat run(const cv::Mat& tile) const;

  std::filesystem::path path_;
  std::string bytes_;
  int scale_ = 0;
  std::unique_ptr<IdleNetworks> idle_;  ///< one for each thread that was ever busy
};

}  // namespace understudy::vision
