#include "understudy/face/steady.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <span>

namespace understudy::face {
namespace {

constexpr int kFirstInner = 17;  // the jaw slides along the head's outline

/// The landmarks of the frames around one, as seen from it; unbroken.
struct Window {
  std::vector<double> frames;  ///< from the one in the middle
  std::vector<Landmarks> carried;
  std::vector<const TrackPoint*> points;
  std::size_t middle = 0;
};

/// Of the inner landmarks, in pixels.
float extent_of(const TrackPoint& point) {
  const Box box = bounding_box(std::span(point.landmarks).subspan(kFirstInner));
  return std::max(box.width, box.height);
}

/// Absent between frames that are no neighbours, or where the motion is none that a face makes.
std::optional<Affine> motion_of(const TrackPoint& from, const TrackPoint& to) {
  if (from.frame + 1 != to.frame) return std::nullopt;
  if (!from.next_from_this && (extent_of(from) < 1 || extent_of(to) < 1)) return std::nullopt;
  const auto inner = [](const TrackPoint& point) {
    return std::vector<cv::Point2d>(point.landmarks.begin() + kFirstInner, point.landmarks.end());
  };
  const Affine motion = from.next_from_this ? *from.next_from_this : fit_similarity(inner(from), inner(to));
  constexpr double kMostGrowth = 1.5;
  const double growth = scale_of(motion);
  if (!(growth < kMostGrowth && growth > 1 / kMostGrowth)) return std::nullopt;
  return motion;
}

Window window_around(const std::vector<TrackPoint>& track, std::size_t at, std::size_t reach) {
  std::vector<Landmarks> before, after;
  Affine here_from_there = Affine::eye();
  for (std::size_t i = at; i > 0 && at - i < reach; --i) {
    const auto motion = motion_of(track[i - 1], track[i]);
    if (!motion) break;
    here_from_there = compose(here_from_there, *motion);
    before.push_back(transform(here_from_there, track[i - 1].landmarks));
  }
  here_from_there = Affine::eye();
  for (std::size_t i = at; i + 1 < track.size() && i - at < reach; ++i) {
    const auto motion = motion_of(track[i], track[i + 1]);
    if (!motion) break;
    here_from_there = compose(here_from_there, inverse(*motion));
    after.push_back(transform(here_from_there, track[i + 1].landmarks));
  }
  Window out;
  out.middle = before.size();
  out.carried.assign(before.rbegin(), before.rend());
  out.carried.push_back(track[at].landmarks);
  out.carried.insert(out.carried.end(), after.begin(), after.end());
  for (std::size_t i = 0; i < out.carried.size(); ++i) {
    out.frames.push_back(static_cast<double>(i) - static_cast<double>(out.middle));
    out.points.push_back(&track[at - out.middle + i]);
  }
  return out;
}

double gaussian(double distance, double sigma) {
  return std::exp(-0.5 * distance * distance / (sigma * sigma));
}

/// What landmark `p` of a frame of the window counts for.
double trust(const Window& window, std::size_t i, int p) {
  const auto& confidence = window.points[i]->confidence;
  const double sure = confidence.empty() ? 1 : static_cast<double>(confidence[static_cast<std::size_t>(p)]);
  return 0.01 + sure * sure;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The size of white noise along one axis of landmark `p`, by third differences, which steady motion and a
/// steady change of it leave out; by their median, since a lid that closes is no noise.
double noise_of(const Window& window, int p) {
  std::vector<double> differences;
  for (std::size_t i = 0; i + 3 < window.carried.size(); ++i) {
    const cv::Point2d d = cv::Point2d(window.carried[i + 3][p]) - 3 * cv::Point2d(window.carried[i + 2][p]) +
                          3 * cv::Point2d(window.carried[i + 1][p]) - cv::Point2d(window.carried[i][p]);
    differences.push_back(std::abs(d.x));
    differences.push_back(std::abs(d.y));
  }
  if (differences.empty()) return 0;
  // Third differences of unit noise have variance 1 + 9 + 9 + 1, and half of all normal values are below
  // 0.6745.
  return median(differences) / (0.6745 * std::sqrt(20.0));
}

/// The acceleration of landmark `p`, squared, as far as it is surely no noise: by parabolas under two
/// Gaussians, since a short event hides in a wide one and a slow one in the noise of a narrow one.
double curvature_of(const Window& window, int p, double noise) {
  if (window.frames.size() < 4) return 0;
  double most = 0;
  for (const double sigma : {1.2, 2.5}) {
    cv::Matx33d sums = cv::Matx33d::zeros();
    cv::Vec3d x = cv::Vec3d::all(0), y = cv::Vec3d::all(0);
    cv::Matx33d squared = cv::Matx33d::zeros();
    for (std::size_t i = 0; i < window.frames.size(); ++i) {
      const double t = window.frames[i], weight = gaussian(t, sigma) * trust(window, i, p);
      const cv::Vec3d powers(1, t, t * t);
      sums += weight * (powers * powers.t());
      squared += weight * weight * (powers * powers.t());
      x += weight * window.carried[i][p].x * powers;
      y += weight * window.carried[i][p].y * powers;
    }
    const cv::Matx33d solve = sums.inv();
    const cv::Vec2d acceleration(2 * (solve * x)[2], 2 * (solve * y)[2]);
    const double variance = 4 * (solve * squared * solve.t())(2, 2) * noise * noise;  // of one axis
    constexpr double kSurely = 9;  // in variances of both axes
    most = std::max(most, acceleration.dot(acceleration) - kSurely * 2 * variance);
  }
  return most;
}

/// The width that errs least where `noise` meets an acceleration of this square (both axes together).
double best_sigma(double noise, double curvature, double most_frames) {
  if (noise <= 0) return curvature > 0 ? 0 : most_frames;
  if (curvature <= 0) return most_frames;
  // Bias² is curvature * sigma^4 / 4, variance 2 noise² / (2 sqrt(pi) sigma): their sum is least here.
  const double fifth = noise * noise / (std::sqrt(std::numbers::pi) * curvature);
  return std::min(most_frames, std::pow(fifth, 0.2));
}

/// The line under the Gaussian, where it passes the frame in the middle.
cv::Point2f value_of(const Window& window, int p, double sigma) {
  constexpr double kLeastSigma = 0.2;  // narrower ones hold one frame alone
  if (sigma < kLeastSigma) return window.carried[window.middle][p];
  double s0 = 0, s1 = 0, s2 = 0;
  cv::Point2d t0, t1;
  for (std::size_t i = 0; i < window.frames.size(); ++i) {
    const double t = window.frames[i], weight = gaussian(t, sigma) * trust(window, i, p);
    const cv::Point2d value(window.carried[i][p]);
    s0 += weight;
    s1 += weight * t;
    s2 += weight * t * t;
    t0 += weight * value;
    t1 += weight * t * value;
  }
  const double determinant = s0 * s2 - s1 * s1;
  if (determinant < 1e-9 * s0 * s0) return cv::Point2f(t0 / s0);
  return cv::Point2f((s2 * t0 - s1 * t1) / determinant);
}

}  // namespace

std::int64_t reach_of(double most_frames) {
  return static_cast<std::int64_t>(std::ceil(3 * most_frames));
}

Landmarks steadied(const std::vector<TrackPoint>& track, std::size_t at, double most_frames) {
  const auto reach = static_cast<std::size_t>(reach_of(most_frames));
  if (reach == 0) return track[at].landmarks;
  const Window window = window_around(track, at, reach);
  Landmarks out;
  for (int p = 0; p < kLandmarkCount; ++p) {
    const double noise = noise_of(window, p);
    out[p] = value_of(window, p, best_sigma(noise, curvature_of(window, p, noise), most_frames));
  }
  return out;
}

std::optional<double> shake_at(const std::vector<TrackPoint>& track, const std::vector<Landmarks>& landmarks,
                               std::size_t at) {
  if (at == 0 || at + 1 >= track.size()) return std::nullopt;
  const auto to_here = motion_of(track[at - 1], track[at]), from_here = motion_of(track[at], track[at + 1]);
  if (!to_here || !from_here) return std::nullopt;
  const Landmarks before = transform(*to_here, landmarks[at - 1]),
                  after = transform(inverse(*from_here), landmarks[at + 1]);
  double squares = 0;
  for (int p = kFirstInner; p < kLandmarkCount; ++p) {
    const cv::Point2f off = before[p] - 2 * landmarks[at][p] + after[p];
    squares += off.ddot(off);
  }
  return std::sqrt(squares / (kLandmarkCount - kFirstInner)) / std::max(interocular(landmarks[at]), 1e-3);
}

}  // namespace understudy::face
