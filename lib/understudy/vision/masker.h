#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>

#include "understudy/core/table.h"
#include "understudy/face/geometry.h"

namespace understudy::vision {

/// A face in a picture and the square that a mask is wanted for.
struct MaskView {
  const cv::Mat& bgr8;        ///< CV_8UC3, B, G, R
  face::Landmarks landmarks;  ///< in its pixels
  face::Affine out_from_picture;
  int side = 0;  ///< of the square, pixels
};

/// Says which pixels of a square around a face are the face. Not thread-safe: every thread has its own, see
/// twin().
class Masker {
 public:
  virtual ~Masker() = default;

  /// CV_8UC1, side x side: 255 inside, 0 outside, with a soft edge.
  virtual cv::Mat mask(const MaskView& view) = 0;
  /// Another one of the same kind for another thread; what is only read is shared.
  virtual std::unique_ptr<Masker> twin() const = 0;
};

struct MaskerOptions {
  std::filesystem::path model_dir;  ///< where the file of a masker may be; may be empty
};

/// Throws Error kInput or kFormat when a model file is missing or unusable.
using MaskerFactory = std::function<std::unique_ptr<Masker>(const MaskerOptions&)>;

/// To add one: masker/NAME.cpp with a maker declared in masker/makers.h, a row in masker/table.cpp, a row in
/// docs/tools/align.md; its model files go into model_files(). Table-driven tests walk it.
const Table<MaskerFactory>& maskers();

}  // namespace understudy::vision
