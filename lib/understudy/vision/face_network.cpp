#include "understudy/vision/face_network.h"

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

/// exp(values), divided by its sum.
cv::Mat softmax(const cv::Mat& values) {
  double highest = 0;
  cv::minMaxLoc(values, nullptr, &highest);
  cv::Mat out;
  cv::exp(values - highest, out);
  return out / cv::sum(out)[0];
}

cv::Mat plane_of(const cv::Mat& output, int number, int side) {
  return {side, side, CV_32F, const_cast<float*>(output.ptr<float>(0, number))};
}

/// The mean place of each landmark in the view.
face::Landmarks mean_places(const cv::Mat& heat) {
  cv::Mat at(1, kHeatSide, CV_32F);
  for (int i = 0; i < kHeatSide; ++i) at.at<float>(i) = (static_cast<float>(i) + 0.5f) * kHeatCell - 0.5f;
  face::Landmarks out;
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    const cv::Mat logits = plane_of(heat, i, kHeatSide);
    const cv::Mat chances = softmax(logits);
    cv::Mat columns, rows;
    cv::reduce(chances, columns, 0, cv::REDUCE_SUM);
    cv::reduce(chances, rows, 1, cv::REDUCE_SUM);
    out[static_cast<std::size_t>(i)] = {static_cast<float>(columns.dot(at)),
                                        static_cast<float>(rows.dot(at.t()))};
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
  cv::flip(seen.classes, out.classes, 1);
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
      cv::dnn::MatShape{1, kClasses, FaceNetwork::kClassSide, FaceNetwork::kClassSide},
      cv::dnn::MatShape{1, kPoseNumbers + face::kLandmarkCount, 1, 1}};
  for (std::size_t i = 0; i < shapes.size(); ++i)
    if (cv::dnn::shape(out[i]) != shapes[i] || !out[i].isContinuous() || !cv::checkRange(out[i]))
      throw Error(ErrorCode::kFormat, text(path.string(), " gives other numbers than our face network"),
                  "leave --model-dir out to use the one that comes with Understudy");
}

/// Of the network's outputs, checked.
Answer answer(const std::vector<cv::Mat>& out) {
  const auto* head = out[2].ptr<float>();
  Answer answer{mean_places(out[0]),
                {},
                {{head[0], head[1], head[2]}, {head[3], head[4], head[5]}},
                class_chances(out[1])};
  for (std::size_t i = 0; i < answer.error.size(); ++i)
    answer.error[i] = FaceNetwork::kSide * std::exp(std::clamp(head[kPoseNumbers + i], -8.f, 2.f));
  return answer;
}

}  // namespace

FaceNetwork::FaceNetwork(const std::filesystem::path& model_dir)
    : network_(find_shipped_model_file(kFile, model_dir), {"heat", "classes", "head"}) {}

FaceNetwork FaceNetwork::twin() const {
  return FaceNetwork(network_.twin());
}

FaceLook FaceNetwork::look(const cv::Mat& bgr8, const face::Affine& view_from_picture, bool in_mirror) {
  cv::Mat view = warp(bgr8, view_from_picture, {kSide, kSide});
  if (in_mirror) cv::flip(view, view, 1);
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
