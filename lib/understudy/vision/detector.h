#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/face/geometry.h"

namespace understudy::vision {

/// A face found in a picture.
struct Detection {
  face::Box box;  ///< about the square from brows to chin, in the picture's pixels; may reach over its edge
  double score = 0;  ///< 0 to 1, see Detector::sure_score()
  /// Eyes, nose tip and mouth corners, the left one in the picture first, where the detector gives them.
  std::optional<std::array<cv::Point2f, 5>> points;
};

/// Finds faces. Not thread-safe: every thread has its own, see twin().
class Detector {
 public:
  virtual ~Detector() = default;

  /// The faces of `bgr8` (CV_8UC3, B, G, R) that score at least `min_score` and whose box is at least the
  /// detector's min_face_px wide, best first; the same face is not given twice. A picture without any pixel
  /// has none. Results do not depend on the number of threads.
  virtual std::vector<Detection> detect(const cv::Mat& bgr8, double min_score) = 0;
  /// From this score on, a detection is taken for a face without further evidence.
  virtual double sure_score() const = 0;
  /// Another one of the same kind for another thread; what is only read is shared.
  virtual std::unique_ptr<Detector> twin() const = 0;
};

constexpr int kMinFacePx = 16, kMaxFacePx = 4096, kUsualMinFacePx = 64;
/// The detector of our own sees pictures at the scale at which the smallest face has this side in pixels.
constexpr double kSmallestSeenPx = 32;

struct DetectorOptions {
  int min_face_px = kUsualMinFacePx;  ///< the smallest width of a face's box that is looked for
  std::filesystem::path model_dir;    ///< where the files of model_files() are; may be empty
};

/// Throws Error kUsage for a min_face_px out of range, kInput or kFormat when a model file is missing or
/// unusable.
using DetectorFactory = std::function<std::unique_ptr<Detector>(const DetectorOptions&)>;

/// To add one: detector/NAME.cpp with a maker declared in detector/makers.h, a row in detector/table.cpp, a
/// row in docs/tools/extract.md; its model files go into model_files().
const Table<DetectorFactory>& detectors();

}  // namespace understudy::vision
