#pragma once

#include <array>
#include <filesystem>
#include <opencv2/core/mat.hpp>

#include "understudy/face/geometry.h"
#include "understudy/face/pose.h"
#include "understudy/vision/own_network.h"

namespace understudy::vision {

/// What the face network says of one face, in the picture's pixels.
struct FaceLook {
  face::Landmarks landmarks;
  /// How far each landmark is expected to be off, pixels.
  std::array<float, face::kLandmarkCount> error;
  face::Pose pose;
  /// Of the pixels of the view, at kClassSide: how likely each class is. CV_32FC4, 0 to 1: background;
  /// visible facial skin with eyes, brows and mouth; hair, clothes and the rest of the person; what lies in
  /// front of the face.
  cv::Mat classes;
};

/// Our own network for one face: landmarks, pose and what each pixel shows. Not thread-safe, see twin().
class FaceNetwork {
 public:
  static constexpr int kSide = 128, kClassSide = 64;
  static constexpr double kBoxSides = 1.5;  ///< a view's side in sides of the square around the landmarks

  enum class Classes { kNone, kAsked };

  /// Throws Error kInput or kFormat.
  explicit FaceNetwork(const std::filesystem::path& model_dir, Classes classes = Classes::kNone);
  FaceNetwork twin() const;

  /// `view_from_picture` maps the face into kSide x kSide pixels, about upright (60 degrees are too much).
  FaceLook look(const cv::Mat& bgr8, const face::Affine& view_from_picture);

  /// By a first look at a detector's box: the view with the face upright in its middle.
  face::Affine find_view(const cv::Mat& bgr8, const face::Box& box);

  /// That look, and what the network says of the view's mirror image, mirrored back: it errs otherwise.
  std::array<FaceLook, 2> look_both_ways(const cv::Mat& bgr8, const face::Affine& view_from_picture);

 private:
  explicit FaceNetwork(OwnNetwork network) : network_(std::move(network)) {}

  FaceLook look_at(const cv::Mat& view, const face::Affine& view_from_picture, bool in_mirror);

  OwnNetwork network_;
};

/// The view of a square of `side` around `centre`, turned so that a head with that roll is upright in it.
face::Affine face_view(cv::Point2d centre, double side, double roll_deg);

/// The first view of a face that a detector found in `box`, which is wider than the landmarks.
face::Affine face_view(const face::Box& box, double roll_deg);

/// The view that the network wants of the face with these landmarks.
face::Affine face_view(const face::Landmarks& landmarks, double roll_deg);

/// CV_32FC1, `size`: how likely each pixel of `picture` shows the face's visible skin; 0 outside the view.
cv::Mat face_mask(const FaceLook& look, const face::Affine& view_from_picture, cv::Size size);

}  // namespace understudy::vision
