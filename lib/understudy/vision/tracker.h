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
  std::string track;      ///< frame and face number where the track began: "000037_0"
  bool followed = false;  ///< the detector did not see it when it last looked; it was found by its likeness
  bool began = false;     ///< this is the first face of its track
};

struct TrackerOptions {
  int min_face_px = kUsualMinFacePx;  ///< as the detector's
  int max_faces = 0;                  ///< the largest ones of a frame; 0: all
};

/// Scores below the detector's sure one continue a track, but do not begin one: what to ask detectors for.
double weak_score(const Detector& detector);

/// Follows faces from frame to frame. Where people cross, so that a detection lies where several tracks could
/// go on, or several detections where one could, the face's pixels and colours decide. Where the detector
/// misses a face that was there, it is searched again near its expected place (enlarged, tilted, mirrored)
/// and then followed by the motion of what it shows for a limited number of frames, as long as what is there
/// looks like the face that was last detected. A cut ends all tracks.
class Tracker {
 public:
  /// `detector` is used for searching again and must outlive this.
  Tracker(Detector& detector, const TrackerOptions& options);
  ~Tracker();

  /// The faces of the frame `number`, in a steady order: older tracks first. Frames come in ascending order;
  /// `detections` are the detector's with at least weak_score(), best first.
  std::vector<TrackedFace> next(std::int64_t number, const cv::Mat& bgr8,
                                const std::vector<Detection>& detections);

  /// The same for a frame that the detector did not look at: faces are followed, and searched again where
  /// that fails. At a cut the detector looks nevertheless.
  std::vector<TrackedFace> between(std::int64_t number, const cv::Mat& bgr8);
  /// Whether the last frame was the first of a shot.
  bool began_shot() const { return began_shot_; }

  struct Track;  // in tracker.cpp

 private:
  void begin_frame(std::int64_t number, const cv::Mat& bgr8);
  std::vector<TrackedFace> look(const cv::Mat& bgr8, const std::vector<Detection>& detections);
  bool is_cut();
  void match(const cv::Mat& bgr8, const std::vector<Detection>& detections, std::vector<bool>& taken);
  void find_missing(const cv::Mat& bgr8);
  std::optional<Detection> look_again(const Track& track, const cv::Mat& bgr8) const;
  std::optional<Detection> follow(const Track& track) const;
  void begin_tracks(const std::vector<Detection>& detections, const std::vector<bool>& taken);
  void drop_lost_and_doubled();
  bool is_taken(const face::Box& place) const;
  std::vector<TrackedFace> result(const cv::Mat& bgr8);

  Detector& detector_;
  TrackerOptions options_;
  std::int64_t number_ = 0, previous_number_ = 0;
  cv::Mat gray_, previous_gray_, previous_thumbnail_;
  bool began_shot_ = true;
  std::vector<std::unique_ptr<Track>> tracks_;
};

}  // namespace understudy::vision
