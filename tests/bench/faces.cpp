#include "bench/faces.h"

#include <torch/types.h>

#include "bench/samples.h"
#include "understudy/face/crop.h"
#include "understudy/face/mask.h"
#include "understudy/face/pose.h"
#include "understudy/model/device.h"
#include "understudy/vision/warp.h"

namespace understudy::bench {
namespace {

torch::Tensor tensor_of(const cv::Mat& picture) {
  std::vector<std::int64_t> shape = {picture.rows, picture.cols};
  if (picture.channels() > 1) shape.push_back(picture.channels());
  return torch::from_blob(picture.data, shape, torch::kUInt8).clone();
}

model::FaceSample sample(const cv::Mat& frame, const face::Landmarks& landmarks) {
  const face::Affine map = face::aligned_from_frame(landmarks, face::crop_families().at("whole"), kCropSide);
  const face::Landmarks points = face::transform(map, landmarks);
  const face::Pose pose = face::estimate_pose(landmarks);
  model::FaceSample out;
  out.image_hwc = tensor_of(vision::warp(frame, map, {kCropSide, kCropSide}));
  out.mask_hw = tensor_of(face::hull_mask(points, {kCropSide, kCropSide}));
  out.landmarks = torch::empty({face::kLandmarkCount, 2});
  for (int i = 0; i < face::kLandmarkCount; ++i) {
    out.landmarks[i][0] = points[static_cast<std::size_t>(i)].x;
    out.landmarks[i][1] = points[static_cast<std::size_t>(i)].y;
  }
  out.yaw_deg = pose.yaw_deg;
  out.pitch_deg = pose.pitch_deg;
  return out;
}

}  // namespace

ClipFaces::ClipFaces(const std::string& person) {
  const Clip& clip = person == "ada" ? likeness_clip() : performer_clip();
  const std::vector<face::Landmarks> landmarks = true_landmarks(person);
  for (std::size_t i = 0; i < clip.frames.size(); ++i)
    samples_.push_back(sample(clip.frames[i].picture.bgr8(), landmarks.at(i)));
}

bool works_in_bf16() {
  return model::working_type(model::Precision::kAuto, torch::kCPU) == torch::kBFloat16;
}

}  // namespace understudy::bench
