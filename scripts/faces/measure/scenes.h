#pragma once

#include <filesystem>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "understudy/face/geometry.h"
#include "understudy/face/pose.h"

namespace understudy::faces {

/// A picture with one face and the truth about it.
struct FaceScene {
  cv::Mat picture;  ///< CV_8UC3, B, G, R
  face::Landmarks landmarks;
  face::Pose pose;
  std::string person;
  cv::Mat mask;  ///< CV_8UC1: 255 where the face's skin is seen
};

struct PlacedFace {
  face::Landmarks landmarks;
  double side = 0;  ///< of the square around the landmarks, pixels
  double yaw_deg = 0;
  double seen = 1;  ///< share of the landmarks 17 to 67 that nothing hides
};

/// A picture with several faces that do not overlap.
struct CrowdScene {
  cv::Mat picture;
  std::vector<PlacedFace> faces;
};

/// A rendered set in a folder, as docs/face-models.md describes it.
class TestSet {
 public:
  /// Throws Error kInput.
  explicit TestSet(const std::filesystem::path& folder);

  std::size_t size() const { return sprites_.size(); }
  /// The n-th sprite, turned by up to 20 degrees, 60 to 200 pixels wide, over a part of a background, dimmed,
  /// blurred and noisy by little. A function of n alone.
  FaceScene face(std::size_t n) const;
  /// 640 x 360 pixels with up to four faces of 12 to 200 pixels, each size as likely on a logarithmic scale.
  /// A function of n alone.
  CrowdScene crowd(std::size_t n) const;
  /// Pictures without faces.
  const std::vector<std::filesystem::path>& backgrounds() const { return backgrounds_; }

 private:
  struct Sprite {
    std::filesystem::path picture, map;
    face::Landmarks landmarks;
    face::Pose pose;
    std::string person;
    double seen;  ///< as PlacedFace's
  };

  std::vector<Sprite> sprites_;
  std::vector<std::filesystem::path> backgrounds_;
};

/// Calls with every frame of a clip, `NAME.mp4` in `folder`, and its landmarks in `NAME.truth.jsonl`.
void for_each_frame(const std::filesystem::path& folder, const std::string& clip,
                    const std::function<void(const cv::Mat& bgr8, const face::Landmarks&)>& look);

/// The box that a detector gives for the n-th face, missed by up to 8 % of its side.
face::Box missed_box(const face::Landmarks& truth, std::size_t n);

/// The side of the square around the landmarks.
double square_side(const face::Landmarks& landmarks);
/// The box that detectors give for a face with these landmarks.
face::Box usual_box(const face::Landmarks& landmarks);
/// The distance of the outer eye corners of a head of that size seen from the front; what errors are measured
/// in, since the corners of a turned head lie behind each other.
double eye_distance(const face::Landmarks& landmarks);

}  // namespace understudy::faces
