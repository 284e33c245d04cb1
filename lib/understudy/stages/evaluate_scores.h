#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <vector>

#include "understudy/compose/quality.h"
#include "understudy/core/json.h"

namespace understudy::stages {

/// One frame of all that is compared: CV_8UC3 B, G, R pictures, and CV_8UC1, 255 where the face is.
struct ComparedFrame {
  std::int64_t number = 0;
  cv::Mat result, truth, plate, inside;
};

/// Error and similarity over some of a frame's pixels, or many frames'.
struct RegionScore {
  compose::SquaredError error;
  double ssim_sum = 0, pixels = 0;
  RegionScore& operator+=(const RegionScore& other);
};

/// What one frame adds to the scores.
struct FrameScores {
  std::int64_t number = 0;
  RegionScore result_inside, result_outside, plate_inside, plate_outside;
  std::optional<double> result_to_truth, result_to_plate, plate_to_truth;
  cv::Mat result_luma, truth_luma, inside;  ///< for the change to the next frame
};

/// `face_side` is the square root of the mask's mean area in pixels.
FrameScores score_frame(const ComparedFrame& frame, double face_side);

/// Scores of a clip, its frames added in order.
class ClipScores {
 public:
  void add(FrameScores frame);
  /// The object of command-line.md.
  Json to_json() const;

 private:
  struct Mean {
    double sum = 0;
    std::int64_t count = 0;
    void add(std::optional<double> value);
    std::optional<double> value() const;
  };
  struct Worst {
    std::int64_t frame;
    double psnr_db;
  };
  void add_change(const FrameScores& frame);

  std::int64_t frames_ = 0;
  RegionScore result_inside_, result_outside_, plate_inside_, plate_outside_;
  Mean result_to_truth_, result_to_plate_, plate_to_truth_;
  double result_change_ = 0, truth_change_ = 0;
  std::vector<Worst> by_frame_;
  FrameScores previous_;
};

}  // namespace understudy::stages
