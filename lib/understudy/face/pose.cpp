#include "understudy/face/pose.h"

#include <cmath>
#include <numbers>
#include <opencv2/calib3d.hpp>
#include <vector>

namespace understudy::face {
namespace {

constexpr int kFirst = 17;

// Landmarks 17-47 of an average adult head (the CC0 base mesh that scripts/cast renders), in units of the
// distance between the outer eye corners; x to the picture's right, y down, z away from the viewer.
const std::array<cv::Point3d, 31> kHead = {
    cv::Point3d{-0.639, -0.246, 0.124},  cv::Point3d{-0.499, -0.323, -0.043},
    cv::Point3d{-0.375, -0.325, -0.134}, cv::Point3d{-0.240, -0.288, -0.184},
    cv::Point3d{-0.121, -0.232, -0.200}, cv::Point3d{0.121, -0.232, -0.200},
    cv::Point3d{0.240, -0.288, -0.184},  cv::Point3d{0.375, -0.325, -0.134},
    cv::Point3d{0.499, -0.323, -0.043},  cv::Point3d{0.639, -0.246, 0.124},
    cv::Point3d{0.000, -0.009, -0.187},  cv::Point3d{0.000, 0.115, -0.255},
    cv::Point3d{0.000, 0.249, -0.354},   cv::Point3d{0.000, 0.365, -0.414},
    cv::Point3d{-0.172, 0.489, -0.125},  cv::Point3d{-0.081, 0.527, -0.222},
    cv::Point3d{0.000, 0.520, -0.260},   cv::Point3d{0.081, 0.527, -0.222},
    cv::Point3d{0.172, 0.489, -0.125},   cv::Point3d{-0.500, -0.005, 0.026},
    cv::Point3d{-0.408, -0.051, -0.055}, cv::Point3d{-0.299, -0.047, -0.060},
    cv::Point3d{-0.182, 0.005, -0.026},  cv::Point3d{-0.303, 0.042, -0.047},
    cv::Point3d{-0.416, 0.043, -0.037},  cv::Point3d{0.182, 0.005, -0.026},
    cv::Point3d{0.299, -0.047, -0.060},  cv::Point3d{0.408, -0.051, -0.055},
    cv::Point3d{0.500, -0.005, 0.026},   cv::Point3d{0.416, 0.043, -0.037},
    cv::Point3d{0.303, 0.042, -0.047}};

// Faces are seen through lenses of many lengths; a long one with the face in its middle is the neutral guess.
constexpr double kFocalInFaceWidths = 8;

double degrees(double radians) {
  return radians * 180 / std::numbers::pi;
}

}  // namespace

Pose estimate_pose(const Landmarks& landmarks) {
  const std::vector<cv::Point2d> seen(landmarks.begin() + kFirst, landmarks.begin() + kFirst + kHead.size());
  const cv::Point2d middle(landmarks[27]);
  const double focal = kFocalInFaceWidths * cv::norm(landmarks[0] - landmarks[16]);
  const cv::Matx33d camera(focal, 0, middle.x, 0, focal, middle.y, 0, 0, 1);
  const double eyes = std::max(interocular(landmarks), 1e-3);
  cv::Vec3d rotation(0, 0, 0), shift(0, 0, focal / eyes);
  cv::solvePnP(std::vector<cv::Point3d>(kHead.begin(), kHead.end()), seen, camera, cv::noArray(), rotation,
               shift, true, cv::SOLVEPNP_ITERATIVE);
  cv::Matx33d matrix;
  cv::Rodrigues(rotation, matrix);
  const cv::Vec3d nose = matrix * cv::Vec3d(0, 0, -1);
  const double yaw = std::atan2(nose[0], -nose[2]);
  const double pitch = std::asin(std::clamp(-nose[1], -1.0, 1.0));
  // What is left after yaw and pitch is the roll: the picture direction of the head's own right.
  const cv::Vec3d right_unrolled(std::cos(yaw), 0, std::sin(yaw));
  const cv::Vec3d right = matrix * cv::Vec3d(1, 0, 0);
  const cv::Vec3d down_unrolled = nose.cross(right_unrolled);
  const double roll = std::atan2(right.dot(down_unrolled), right.dot(right_unrolled));
  return {degrees(yaw), degrees(pitch), degrees(roll)};
}

}  // namespace understudy::face
