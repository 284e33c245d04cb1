#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/face/geometry.h"

namespace understudy::vision {

struct LandmarkResult {
  face::Landmarks landmarks;  ///< in the picture's pixels
  /// One number a point, 0 to 1: how well repeated fits agree, or which error the network expects (1: 1 % of
  /// the eye distance or less, 0: 10 % or more). No probability, and blind to errors that all fits share.
  std::vector<float> confidence;
};

/// Finds the 68 landmarks of a face. Not thread-safe: every thread has its own, see twin().
class Landmarker {
 public:
  virtual ~Landmarker() = default;

  /// The landmarks of the face in `box` of `bgr8` (CV_8UC3, B, G, R). The box may come from any detector; it
  /// is only the start. Always gives an answer: what is not a face gets landmarks of low confidence. Throws
  /// Error kFormat for an empty picture or box.
  virtual LandmarkResult detect(const cv::Mat& bgr8, const face::Box& box) = 0;
  /// Another one of the same kind for another thread; what is only read is shared.
  virtual std::unique_ptr<Landmarker> twin() const = 0;
};

struct LandmarkerOptions {
  std::filesystem::path model_dir;  ///< where the files of model_files() are; may be empty
};

/// Throws Error kInput or kFormat when a model file is missing or unusable.
using LandmarkerFactory = std::function<std::unique_ptr<Landmarker>(const LandmarkerOptions&)>;

/// To add one: landmarker/NAME.cpp with a maker declared in landmarker/makers.h, a row in
/// landmarker/table.cpp, a row in docs/tools/align.md; its model files go into model_files().
const Table<LandmarkerFactory>& landmarkers();

}  // namespace understudy::vision
