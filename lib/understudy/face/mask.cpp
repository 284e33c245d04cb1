#include "understudy/face/mask.h"

#include <opencv2/imgproc.hpp>

namespace understudy::face {

std::vector<cv::Point2f> face_outline(const Landmarks& landmarks) {
  // The forehead rises over the brows about as far as the nose is long, less at the temples.
  constexpr std::array<float, 10> kRaise = {0.35f, 0.65f, 0.85f, 0.95f, 1.0f,
                                            1.0f,  0.95f, 0.85f, 0.65f, 0.35f};
  std::vector<cv::Point2f> points(landmarks.begin(), landmarks.end());
  const cv::Point2f up = (landmarks[27] - landmarks[33]) * 0.85f;
  for (int i = 0; i < 10; ++i) points.push_back(landmarks[17 + i] + up * kRaise[i]);
  std::vector<cv::Point2f> hull;
  cv::convexHull(points, hull);
  return hull;
}

cv::Mat hull_mask(const Landmarks& landmarks, cv::Size size) {
  constexpr int kFractionBits = 4;
  constexpr float kFar = 1e5f;  // keeps the fixed-point coordinates in range whatever the landmarks are
  std::vector<cv::Point> corners;
  for (cv::Point2f p : face_outline(landmarks))
    corners.emplace_back(cvRound(std::clamp(p.x, -kFar, kFar) * (1 << kFractionBits)),
                         cvRound(std::clamp(p.y, -kFar, kFar) * (1 << kFractionBits)));
  cv::Mat mask = cv::Mat::zeros(size, CV_8UC1);
  cv::fillConvexPoly(mask, corners, cv::Scalar(255), cv::LINE_AA, kFractionBits);
  return mask;
}

}  // namespace understudy::face
