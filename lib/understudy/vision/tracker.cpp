#include "understudy/vision/tracker.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/core/frames.h"
#include "understudy/vision/follow.h"
#include "understudy/vision/search_again.h"

namespace understudy::vision {
namespace {

constexpr std::int64_t kMaxGap = 6;        // frames that a track outlives without its face
constexpr std::int64_t kMaxFollowed = 24;  // frames without the detector's word
constexpr double kSamePlace = 0.3;         // overlap from which a detection continues a track
constexpr double kDoubled = 0.5;           // overlap from which two tracks are one
constexpr double kOtherColours = 40;       // mean difference of 8-bit samples

constexpr int kThumbnail = 32;
// Neighbouring frames of the cast correlate by at least 0.95, frames of its two clips by 0.
constexpr double kCutCorrelation = 0.8, kCutDifference = 5;

/// Its colours, coarsely, with some of the hair.
cv::Mat face_colours(const cv::Mat& bgr8, const face::Box& box) {
  constexpr int kSide = 8;
  return warp(bgr8, face::context_from_frame(box, 0.1, kSide), {kSide, kSide});
}

/// 1 for equal colours, 0 from kOtherColours on.
double colour_likeness(const cv::Mat& a, const cv::Mat& b) {
  const double difference = cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * 3);
  return 1 - std::min(1.0, difference / kOtherColours);
}

}  // namespace

struct Tracker::Track {
  std::string id;
  Detection last;
  cv::Point2f velocity;       ///< of the box's centre, pixels a frame
  std::int64_t seen = 0;      ///< number of the last frame with this face
  std::int64_t detected = 0;  ///< number of the last frame in which the detector saw it
  cv::Mat likeness, colours;  ///< its pixels there
  bool missed = false;        ///< by the detector when it last looked

  /// Where the face should be in the frame `number`.
  face::Box expected(std::int64_t number) const {
    const float limit = 0.5f * std::max(last.box.width, last.box.height);
    cv::Point2f shift = velocity * static_cast<float>(number - seen);
    const float length = static_cast<float>(cv::norm(shift));
    if (length > limit) shift *= limit / length;
    return last.box + shift;
  }

  void move_to(const Detection& found, std::int64_t number) {
    const auto centre = [](const face::Box& box) { return (box.tl() + box.br()) / 2; };
    const cv::Point2f step =
        (centre(found.box) - centre(last.box)) / static_cast<float>(std::max<std::int64_t>(1, number - seen));
    velocity = (velocity + step) / 2;
    last = found;
    seen = number;
  }

  /// How much what is in `box` looks like the face when it was last detected, about 0 to 2.
  double looks_like(const cv::Mat& bgr8, const cv::Mat& gray, const face::Box& box) const {
    return correlation(face_patch(gray, box), likeness) + colour_likeness(face_colours(bgr8, box), colours);
  }

  void detected_at(const Detection& found, std::int64_t number) {
    move_to(found, number);
    detected = number;
    missed = false;
  }
};

double weak_score(const Detector& detector) {
  return detector.sure_score() / 2;
}

Tracker::Tracker(Detector& detector, const TrackerOptions& options)
    : detector_(detector), options_(options) {}
Tracker::~Tracker() = default;

std::vector<TrackedFace> Tracker::next(std::int64_t number, const cv::Mat& bgr8,
                                       const std::vector<Detection>& detections) {
  begin_frame(number, bgr8);
  return look(bgr8, detections);
}

std::vector<TrackedFace> Tracker::between(std::int64_t number, const cv::Mat& bgr8) {
  begin_frame(number, bgr8);
  if (began_shot_) return look(bgr8, detector_.detect(bgr8, weak_score(detector_)));
  for (const auto& track : tracks_) {
    if (track->seen != previous_number_) continue;
    if (auto found = follow(*track)) {
      found->score = track->last.score;
      track->move_to(*found, number_);
    } else if (const auto seen = look_again(*track, bgr8)) {
      track->detected_at(*seen, number_);
    }
  }
  drop_lost_and_doubled();
  return result(bgr8);
}

void Tracker::begin_frame(std::int64_t number, const cv::Mat& bgr8) {
  previous_gray_ = std::exchange(gray_, cv::Mat());
  cv::cvtColor(bgr8, gray_, cv::COLOR_BGR2GRAY);
  began_shot_ = is_cut() || number - number_ > kMaxGap;
  if (began_shot_) tracks_.clear();
  previous_number_ = std::exchange(number_, number);
}

std::vector<TrackedFace> Tracker::look(const cv::Mat& bgr8, const std::vector<Detection>& detections) {
  std::vector<bool> taken(detections.size());
  match(bgr8, detections, taken);
  find_missing(bgr8);
  begin_tracks(detections, taken);
  drop_lost_and_doubled();
  return result(bgr8);
}

bool Tracker::is_cut() {
  const cv::Size size(kThumbnail, kThumbnail);
  cv::Mat thumbnail;
  cv::resize(halved(gray_, halvings(gray_.size(), size * 2)), thumbnail, size, 0, 0, cv::INTER_AREA);
  const cv::Mat before = std::exchange(previous_thumbnail_, thumbnail);
  if (before.empty() || previous_gray_.size() != gray_.size()) return true;
  const double difference = cv::norm(before, thumbnail, cv::NORM_L1) / static_cast<double>(thumbnail.total());
  return difference > kCutDifference && correlation(before, thumbnail) < kCutCorrelation;
}

void Tracker::match(const cv::Mat& bgr8, const std::vector<Detection>& detections, std::vector<bool>& taken) {
  struct Pair {
    double merit;  ///< the overlap, and where there is a choice the likeness with it
    std::size_t track, detection;
  };
  std::vector<Pair> pairs;
  std::vector<int> choices_of_track(tracks_.size()), choices_of_detection(detections.size());
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    for (std::size_t d = 0; d < detections.size(); ++d) {
      const double overlap =
          std::max(face::intersection_over_union(tracks_[t]->expected(number_), detections[d].box),
                   face::intersection_over_union(tracks_[t]->last.box, detections[d].box));
      if (overlap < kSamePlace) continue;
      pairs.push_back({overlap, t, d});
      ++choices_of_track[t];
      ++choices_of_detection[d];
    }
  }
  for (Pair& pair : pairs)
    if (choices_of_track[pair.track] > 1 || choices_of_detection[pair.detection] > 1)
      pair.merit += tracks_[pair.track]->looks_like(bgr8, gray_, detections[pair.detection].box);
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.merit > b.merit; });
  for (const Pair& pair : pairs) {
    Track& track = *tracks_[pair.track];
    if (track.seen == number_ || taken[pair.detection]) continue;
    track.detected_at(detections[pair.detection], number_);
    taken[pair.detection] = true;
  }
}

/// Whether a track has found its face there in this frame: what is searched for there would be the same face.
bool Tracker::is_taken(const face::Box& place) const {
  return std::any_of(tracks_.begin(), tracks_.end(), [&](const auto& track) {
    return track->seen == number_ && face::intersection_over_union(track->last.box, place) > kDoubled;
  });
}

void Tracker::find_missing(const cv::Mat& bgr8) {
  for (const auto& track : tracks_) {
    if (track->seen == number_) continue;
    const auto free = [this](const auto& found) { return found && !is_taken(found->box); };
    if (const auto found = look_again(*track, bgr8); free(found)) {
      track->detected_at(*found, number_);
    } else if (const auto followed = follow(*track); free(followed)) {
      track->move_to(*followed, number_);
      track->missed = true;
    }
  }
}

std::optional<Detection> Tracker::look_again(const Track& track, const cv::Mat& bgr8) const {
  const face::Box expected = track.expected(number_);
  if (visible_part(expected, bgr8.size()) < kMinVisible) return std::nullopt;
  return search_again(detector_, bgr8, expected, options_.min_face_px, weak_score(detector_));
}

std::optional<Detection> Tracker::follow(const Track& track) const {
  // What it looked like a frame ago must be known.
  if (track.seen != previous_number_ || number_ - track.detected > kMaxFollowed) return std::nullopt;
  const auto found = vision::follow(previous_gray_, track.last.box, gray_, track.likeness);
  if (!found) return std::nullopt;
  return Detection{found->box, found->likeness, std::nullopt};
}

void Tracker::begin_tracks(const std::vector<Detection>& detections, const std::vector<bool>& taken) {
  for (std::size_t d = 0; d < detections.size(); ++d) {
    if (taken[d] || detections[d].score < detector_.sure_score()) continue;
    auto track = std::make_unique<Track>();
    track->last = detections[d];
    track->seen = track->detected = number_;
    tracks_.push_back(std::move(track));
  }
}

void Tracker::drop_lost_and_doubled() {
  std::erase_if(tracks_, [&](const auto& track) { return number_ - track->seen > kMaxGap; });
  std::vector<std::unique_ptr<Track>> kept;
  for (auto& track : tracks_) {
    const bool doubled = std::any_of(kept.begin(), kept.end(), [&](const auto& other) {
      return other->seen == number_ &&
             face::intersection_over_union(other->last.box, track->last.box) > kDoubled;
    });
    if (!doubled) kept.push_back(std::move(track));
  }
  tracks_ = std::move(kept);
  if (options_.max_faces <= 0) return;
  const auto limit = static_cast<std::size_t>(options_.max_faces);
  while (tracks_.size() > limit) {
    tracks_.erase(std::min_element(tracks_.begin(), tracks_.end(), [](const auto& a, const auto& b) {
      return a->last.box.area() < b->last.box.area();
    }));
  }
}

std::vector<TrackedFace> Tracker::result(const cv::Mat& bgr8) {
  std::vector<TrackedFace> out;
  for (const auto& track : tracks_) {
    if (track->seen != number_) continue;
    const bool began = track->id.empty();
    if (began) track->id = frame_name(number_) + "_" + std::to_string(out.size());
    if (track->detected == number_) {
      track->likeness = face_patch(gray_, track->last.box);
      track->colours = face_colours(bgr8, track->last.box);
    }
    out.push_back({track->last, track->id, track->missed, began});
  }
  return out;
}

}  // namespace understudy::vision
