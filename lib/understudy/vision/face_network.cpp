#include "understudy/vision/face_network.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/dnn/shape_utils.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {
namespace {

constexpr const char* kFile = "understudy_face.onnx";
constexpr int kHeatSide = 32, kPoseNumbers = 6, kClasses = 4;
constexpr float kHeatCell = static_cast<float>(FaceNetwork::kSide) / kHeatSide;
constexpr int kFaceClass = 1;

double degrees(double radians) {
  return radians * 180 / std::numbers::pi;
}

cv::Mat plane_of(const cv::Mat& output, int number, int side) {
  return {side, side, CV_32F, const_cast<float*>(output.ptr<float>(0, number))};
}

using HeatRow = std::array<float, kHeatSide>;

/// exp(logit) of a landmark's map, of which the largest is 1.
void chances(const float* logits, cv::Mat& out) {
  HeatRow highest;
  highest.fill(logits[0]);
  for (int i = 0; i < kHeatSide * kHeatSide; i += kHeatSide)
    for (int x = 0; x < kHeatSide; ++x)
      highest[static_cast<std::size_t>(x)] = std::max(highest[static_cast<std::size_t>(x)], logits[i + x]);
  const float most = *std::ranges::max_element(highest);
  auto* to = out.ptr<float>();
  for (int i = 0; i < kHeatSide * kHeatSide; ++i) to[i] = logits[i] - most;
  cv::exp(out, out);
}

/// The mean place of a landmark in the view.
cv::Point2f mean_place(const float* chances) {
  HeatRow sums{}, down{};  // of each column
  for (int y = 0; y < kHeatSide; ++y)
    for (std::size_t x = 0; x < sums.size(); ++x) {
      const float chance = chances[static_cast<std::size_t>(y) * kHeatSide + x];
      sums[x] += chance;
      down[x] += chance * static_cast<float>(y);
    }
  float all = 0, right = 0, below = 0;
  for (std::size_t x = 0; x < sums.size(); ++x) {
    all += sums[x];
    right += sums[x] * static_cast<float>(x);
    below += down[x];
  }
  return cv::Point2f(right / all + 0.5f, below / all + 0.5f) * kHeatCell - cv::Point2f(0.5f, 0.5f);
}

face::Landmarks mean_places(const cv::Mat& heat) {
  cv::Mat here(1, kHeatSide * kHeatSide, CV_32F);
  face::Landmarks out;
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    chances(heat.ptr<float>(0, i), here);
    out[static_cast<std::size_t>(i)] = mean_place(here.ptr<float>());
  }
  return out;
}

/// From the nose's direction and the head's right, see estimate_pose().
face::Pose pose_of(const cv::Vec3d& nose, const cv::Vec3d& right) {
  const double yaw = std::atan2(nose[0], -nose[2]);
  const cv::Vec3d right_unrolled(std::cos(yaw), 0, std::sin(yaw));
  const double roll = std::atan2(right.dot(nose.cross(right_unrolled)), right.dot(right_unrolled));
  return {degrees(yaw), degrees(std::asin(std::clamp(-nose[1], -1.0, 1.0))), degrees(roll)};
}

struct Directions {
  cv::Vec3d nose, right;
};

Directions turned(const Directions& head, const face::Affine& picture_from_view) {
  const double scale = face::scale_of(picture_from_view);
  const double c = picture_from_view(0, 0) / scale, s = picture_from_view(1, 0) / scale;
  const auto turn = [&](const cv::Vec3d& v) {
    const cv::Vec3d out(c * v[0] - s * v[1], s * v[0] + c * v[1], v[2]);
    return out / std::max(cv::norm(out), 1e-6);
  };
  return {turn(head.nose), turn(head.right)};
}

/// In the view's pixels.
struct Answer {
  face::Landmarks landmarks;
  std::array<float, face::kLandmarkCount> error;
  Directions head;
  cv::Mat classes;
};

Answer unmirrored(const Answer& seen) {
  Answer out = seen;
  out.landmarks = mirror_image(seen.landmarks, FaceNetwork::kSide);
  for (int i = 0; i < face::kLandmarkCount; ++i)
    out.error[static_cast<std::size_t>(i)] = seen.error[static_cast<std::size_t>(other_side(i))];
  out.head.nose[0] *= -1;
  out.head.right[1] *= -1;
  out.head.right[2] *= -1;
  if (!seen.classes.empty()) cv::flip(seen.classes, out.classes, 1);
  return out;
}

/// CV_32FC4 from four planes of logits.
cv::Mat class_chances(const cv::Mat& logits) {
  std::vector<cv::Mat> planes(kClasses);
  cv::Mat sum = cv::Mat::zeros(FaceNetwork::kClassSide, FaceNetwork::kClassSide, CV_32F);
  for (int i = 0; i < kClasses; ++i) {
    cv::exp(cv::min(plane_of(logits, i, FaceNetwork::kClassSide), 60), planes[static_cast<std::size_t>(i)]);
    sum += planes[static_cast<std::size_t>(i)];
  }
  for (cv::Mat& plane : planes) plane /= sum;
  cv::Mat out;
  cv::merge(planes, out);
  return out;
}

void check_outputs(const std::vector<cv::Mat>& out, const std::filesystem::path& path) {
  const std::array<cv::dnn::MatShape, 3> shapes = {
      cv::dnn::MatShape{1, face::kLandmarkCount, kHeatSide, kHeatSide},
      cv::dnn::MatShape{1, kPoseNumbers + face::kLandmarkCount, 1, 1},
      cv::dnn::MatShape{1, kClasses, FaceNetwork::kClassSide, FaceNetwork::kClassSide}};
  for (std::size_t i = 0; i < out.size(); ++i)
    if (cv::dnn::shape(out[i]) != shapes[i] || !out[i].isContinuous() || !cv::checkRange(out[i]))
      throw Error(ErrorCode::kFormat, text(path.string(), " gives other numbers than our face network"),
                  "leave --model-dir out to use the one that comes with Understudy");
}

/// Of the network's outputs, checked.
Answer answer(const std::vector<cv::Mat>& out) {
  const auto* head = out[1].ptr<float>();
  Answer answer{mean_places(out[0]), {}, {{head[0], head[1], head[2]}, {head[3], head[4], head[5]}}, {}};
  if (out.size() > 2) answer.classes = class_chances(out[2]);
  for (std::size_t i = 0; i < answer.error.size(); ++i)
    answer.error[i] = FaceNetwork::kSide * std::exp(std::clamp(head[kPoseNumbers + i], -8.f, 2.f));
  return answer;
}

std::vector<std::string> outputs_for(FaceNetwork::Classes classes) {
  std::vector<std::string> out = {"heat", "head"};
  if (classes == FaceNetwork::Classes::kAsked) out.emplace_back("classes");
  return out;
}

}  // namespace

FaceNetwork::FaceNetwork(const std::filesystem::path& model_dir, Classes classes)
    : network_(find_shipped_model_file(kFile, model_dir), outputs_for(classes)) {}

FaceNetwork FaceNetwork::twin() const {
  return FaceNetwork(network_.twin());
}

FaceLook FaceNetwork::look(const cv::Mat& bgr8, const face::Affine& view_from_picture) {
  return look_at(warp(bgr8, view_from_picture, {kSide, kSide}), view_from_picture, false);
}

face::Affine FaceNetwork::find_view(const cv::Mat& bgr8, const face::Box& box) {
  const FaceLook first = look(bgr8, face_view(box, 0));
  return face_view(first.landmarks, first.pose.roll_deg);
}

std::array<FaceLook, 2> FaceNetwork::look_both_ways(const cv::Mat& bgr8,
                                                    const face::Affine& view_from_picture) {
  const cv::Mat view = warp(bgr8, view_from_picture, {kSide, kSide});
  cv::Mat mirrored;
  cv::flip(view, mirrored, 1);
  return {look_at(view, view_from_picture, false), look_at(mirrored, view_from_picture, true)};
}

FaceLook FaceNetwork::look_at(const cv::Mat& view, const face::Affine& view_from_picture, bool in_mirror) {
  const std::vector<cv::Mat> out = network_.run(view);
  check_outputs(out, network_.path());
  Answer seen = answer(out);
  if (in_mirror) seen = unmirrored(seen);
  const face::Affine picture_from_view = face::inverse(view_from_picture);
  const Directions head = turned(seen.head, picture_from_view);
  FaceLook look{face::transform(picture_from_view, seen.landmarks), seen.error,
                pose_of(head.nose, head.right), seen.classes};
  for (float& error : look.error) error *= static_cast<float>(face::scale_of(picture_from_view));
  return look;
}

face::Affine face_view(cv::Point2d centre, double side, double roll_deg) {
  const double scale = FaceNetwork::kSide / side, turn = -roll_deg * std::numbers::pi / 180;
  const double c = scale * std::cos(turn), s = scale * std::sin(turn);
  const double middle = (FaceNetwork::kSide - 1) / 2.0;
  return {c, s, middle - c * centre.x - s * centre.y, -s, c, middle + s * centre.x - c * centre.y};
}

face::Affine face_view(const face::Box& box, double roll_deg) {
  constexpr double kViewInBoxes = 1.35;
  const cv::Point2d centre = (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
  return face_view(centre, kViewInBoxes * std::max(box.width, box.height), roll_deg);
}

face::Affine face_view(const face::Landmarks& landmarks, double roll_deg) {
  // The square around them as they lie when the head is upright.
  const face::Affine upright = face_view({}, FaceNetwork::kSide, roll_deg);
  const face::Box box = face::bounding_box(face::transform(upright, landmarks));
  const cv::Point2d middle = (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
  return face_view(face::transform(face::inverse(upright), middle),
                   FaceNetwork::kBoxSides * std::max({box.width, box.height, 1.f}), roll_deg);
}

cv::Mat face_mask(const FaceLook& look, const face::Affine& view_from_picture, cv::Size size) {
  cv::Mat face;
  cv::extractChannel(look.classes, face, kFaceClass);
  constexpr double kCell = static_cast<double>(FaceNetwork::kSide) / FaceNetwork::kClassSide;
  const face::Affine classes_from_view(1 / kCell, 0, 0.5 / kCell - 0.5, 0, 1 / kCell, 0.5 / kCell - 0.5);
  cv::Mat out;
  cv::warpAffine(face, out, cv::Mat(face::compose(classes_from_view, view_from_picture)), size,
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
  return out;
}

}  // namespace understudy::vision
