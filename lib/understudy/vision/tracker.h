#pragma once

#include <cstdint>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <vector>

#include "understudy/vision/detector.h"

namespace understudy::vision {

/// A face of one frame as a part of its track.
struct TrackedFace {
  Detection detection;
  std::string track;  ///< frame and face number where the track began: "000037_0"
  bool followed =
      false;  ///< the detector did not see it; it was found by its likeness to where it was before
};

struct TrackerOptions {
  int min_face_px = 80;  ///< as the detector's
  int max_faces = 0;     ///< the largest ones of a frame; 0: all
};

/// Scores below the detector's sure one continue a track, but do not begin one: what to ask detectors for.
double weak_score(const Detector& detector);

/// Follows faces from frame to frame. Where people cross, so that a detection lies where several tracks could
/// go on, or several detections where one could, the face's pixels and colours decide. Where the detector
/// misses a face that was there, it is searched again near its expected place (enlarged, tilted, mirrored)
/// and then followed by a correlation filter (Danelljan et al. 2014) for a limited number of frames, as long
/// as what is there looks like the face that was last detected. A cut ends all tracks.
class Tracker {
 public:
  /// `detector` is used for searching again and must outlive this.
  Tracker(Detector& detector, const TrackerOptions& options);
  ~Tracker();

  /// The faces of the frame `number`, in a steady order: older tracks first. Frames come in ascending order;
  /// `detections` are the detector's with at least weak_score(), best first.
  std::vector<TrackedFace> next(std::int64_t number, const cv::Mat& bgr8,
                                const std::vector<Detection>& detections);

  struct Track;  // in tracker.cpp

 private:
  bool is_cut(const cv::Mat& gray);
  void match(const cv::Mat& bgr8, const cv::Mat& gray, const std::vector<Detection>& detections,
             std::vector<bool>& taken);
  void find_missing(const cv::Mat& bgr8, const cv::Mat& gray);
  std::optional<Detection> follow(Track& track, const cv::Mat& gray) const;
  void begin_tracks(const std::vector<Detection>& detections, const std::vector<bool>& taken);
  void drop_lost_and_doubled();
  bool is_taken(const face::Box& place) const;
  std::vector<TrackedFace> result(const cv::Mat& bgr8, const cv::Mat& gray);

  Detector& detector_;
  TrackerOptions options_;
  std::int64_t number_ = 0, previous_number_ = 0;
  cv::Mat previous_gray_, previous_thumbnail_;
  std::vector<std::unique_ptr<Track>> tracks_;
};

}  // namespace understudy::vision
