#include "understudy/face/face_place.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>
#include <vector>

#include "understudy/face/face_place_rule.h"

namespace understudy::face {
namespace {

constexpr std::size_t kFewestFaces = 12;
constexpr double kMostYaw_deg = 50, kMostPitch_deg = 30;
constexpr double kLeastTurn = 0.08;  // root mean square of the sines of yaw: about 5 degrees
constexpr int kTerms = 6;            // 1, yaw, pitch and their products
// Added to the equations' diagonal, a face: what poses do not show stays small.
constexpr std::array<double, kTerms> kRidge = {0, 0.001, 0.005, 0.0025, 0.01, 0.01};

/// The same point of the other half of the face.
int mirrored(int point) {
  if (point <= 16) return 16 - point;
  if (point <= 26) return 43 - point;
  if (point <= 30) return point;
  if (point <= 35) return 66 - point;
  constexpr std::array kEyes = {45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40};
  if (point <= 47) return kEyes[static_cast<std::size_t>(point - 36)];
  if (point <= 54) return 102 - point;
  if (point <= 59) return 114 - point;
  if (point <= 64) return 124 - point;
  return 132 - point;
}

double sine(double degrees) {
  return std::sin(degrees * std::numbers::pi / 180);
}

/// A face of which half is looked at: its landmarks in mean faces about the crop's middle, and its pose.
struct Half {
  std::array<cv::Point2d, kHalfFace> points;
  double yaw, pitch;  ///< sines
};

/// The face and its mirror image: the same head, turned to the other side.
std::array<Half, 2> halves(const Landmarks& face, const Pose& pose) {
  constexpr CropFamily kMeanFace = {1, 0};
  const Landmarks aligned = transform(aligned_from_frame(face, kMeanFace, 1), face);
  std::array<Half, 2> out;
  const double yaw = sine(pose.yaw_deg), pitch = sine(pose.pitch_deg);
  out[0].yaw = yaw;
  out[1].yaw = -yaw;
  out[0].pitch = out[1].pitch = pitch;
  std::size_t at = 0;
  for (int point = 0; point < kLandmarkCount; ++point) {
    const int other = mirrored(point);
    if (point > other) continue;
    out[0].points[at] = aligned[static_cast<std::size_t>(point)];
    const cv::Point2d seen = aligned[static_cast<std::size_t>(other)];
    out[1].points[at] = {-seen.x, seen.y};
    ++at;
  }
  return out;
}

std::array<double, kTerms> terms_of(const Half& half) {
  return {1, half.yaw, half.pitch, half.yaw * half.yaw, half.yaw * half.pitch, half.pitch * half.pitch};
}

/// kTerms x 2 kHalfFace: x and y of each landmark as a function of the pose, by least squares.
cv::Mat fitted(const std::vector<Half>& seen) {
  const int rows = static_cast<int>(seen.size());
  cv::Mat terms(rows, kTerms, CV_64F), points(rows, 2 * kHalfFace, CV_64F), out;
  for (int row = 0; row < rows; ++row) {
    const Half& half = seen[static_cast<std::size_t>(row)];
    std::ranges::copy(terms_of(half), terms.ptr<double>(row));
    for (int k = 0; k < kHalfFace; ++k) {
      const cv::Point2d& point = half.points[static_cast<std::size_t>(k)];
      points.at<double>(row, 2 * k) = point.x;
      points.at<double>(row, 2 * k + 1) = point.y;
    }
  }
  cv::Mat normal = terms.t() * terms;
  for (int k = 0; k < kTerms; ++k) normal.at<double>(k, k) += rows * kRidge[static_cast<std::size_t>(k)];
  cv::solve(normal, terms.t() * points, out, cv::DECOMP_CHOLESKY);
  return out;
}

double weighted(const HalfFace& weights, const double* points) {
  double sum = 0;
  for (const auto& [x, y] : weights) {
    sum += x * *points++;
    sum += y * *points++;
  }
  return sum;
}

}  // namespace

std::optional<FacePlace> face_place(std::span<const Landmarks> faces) {
  std::vector<Half> seen;
  double turned = 0;
  for (const Landmarks& face : faces) {
    const Pose pose = estimate_pose(face);
    if (!(std::abs(pose.yaw_deg) <= kMostYaw_deg && std::abs(pose.pitch_deg) <= kMostPitch_deg)) continue;
    for (const Half& half : halves(face, pose)) {
      turned += half.yaw * half.yaw;
      seen.push_back(half);
    }
  }
  const std::size_t count = seen.size() / 2;
  if (count < kFewestFaces || std::sqrt(turned / static_cast<double>(seen.size())) < kLeastTurn)
    return std::nullopt;
  const cv::Mat points = fitted(seen);
  FacePlace out;
  for (std::size_t i = 0; i < kPlaceRules.size(); ++i)
    out.*kFacePlaceFields[i] = weighted(kPlaceRules[i].ahead, points.ptr<double>(0)) +
                               weighted(kPlaceRules[i].per_yaw, points.ptr<double>(1));
  return out;
}

Affine performer_from_likeness(const FacePlace& likeness, const FacePlace& performer, const Pose& pose,
                               const CropFamily& family, int size) {
  FacePlace apart;
  for (std::size_t i = 0; i < kPlaceRules.size(); ++i) {
    const auto field = kFacePlaceFields[i];
    apart.*field = std::clamp(likeness.*field - performer.*field, -kPlaceRules[i].most, kPlaceRules[i].most);
  }
  const double yaw = sine(pose.yaw_deg), angle = apart.turn * yaw;
  const double c = std::cos(angle), s = std::sin(angle);
  const Affine move = {c, -s, apart.sideways * yaw,
                       s, c,  apart.down + apart.down_per_pitch * sine(pose.pitch_deg)};
  const Affine crop = crop_from_mean_face(family, size);
  return compose(crop, compose(move, inverse(crop)));
}

double turn_of(const Affine& b_from_a) {
  return std::atan2(b_from_a(1, 0), b_from_a(0, 0));
}

}  // namespace understudy::face
