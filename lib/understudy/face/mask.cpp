#include "understudy/face/mask.h"

#include <opencv2/imgproc.hpp>

namespace understudy::face {
namespace {

void fill(cv::Mat& mask, const std::vector<cv::Point2f>& hull) {
  constexpr int kFractionBits = 4;
  constexpr float kFar = 1e5f;  // keeps the fixed-point coordinates in range whatever the landmarks are
  std::vector<cv::Point> corners;
  for (cv::Point2f p : hull)
    corners.emplace_back(cvRound(std::clamp(p.x, -kFar, kFar) * (1 << kFractionBits)),
                         cvRound(std::clamp(p.y, -kFar, kFar) * (1 << kFractionBits)));
  cv::fillConvexPoly(mask, corners, cv::Scalar(255), cv::LINE_AA, kFractionBits);
}

}  // namespace

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

const Table<FacePart>& face_parts() {
  static const Table<FacePart> table{"part of the face",
                                     {{"mouth", "the lips and what is between them", {{{48, 59}}, 0.16}},
                                      {"eyes", "both eyes and their lids", {{{36, 41}, {42, 47}}, 0.2}},
                                      {"brows", "both brows", {{{17, 21}, {22, 26}}, 0.14}}}};
  return table;
}

cv::Mat hull_mask(const Landmarks& landmarks, cv::Size size) {
  cv::Mat mask = cv::Mat::zeros(size, CV_8UC1);
  fill(mask, face_outline(landmarks));
  return mask;
}

cv::Mat part_mask(const FacePart& part, const Landmarks& landmarks, cv::Size size) {
  cv::Mat mask = cv::Mat::zeros(size, CV_8UC1);
  for (const auto& [from, to] : part.outlines) {
    std::vector<cv::Point2f> hull;
    cv::convexHull(std::vector<cv::Point2f>(landmarks.begin() + from, landmarks.begin() + to + 1), hull);
    fill(mask, hull);
  }
  const auto eye = [&](std::size_t corner) { return (landmarks[corner] + landmarks[corner + 3]) * 0.5f; };
  const double between = cv::norm(eye(36) - eye(42));
  // No face in a crop needs more, and wild landmarks would make growing take minutes.
  const double most = std::max(size.width, size.height) / 8.0;
  const int radius = cvRound(std::min(part.grown * between, most));
  if (radius > 0)
    cv::dilate(mask, mask, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1}));
  return mask;
}

}  // namespace understudy::face
