#include "understudy/stages/align_faces.h"

#include <opencv2/imgproc.hpp>

#include "understudy/dataset/png.h"
#include "understudy/face/mask.h"
#include "understudy/vision/warp.h"

namespace understudy::stages {
namespace {

constexpr int kSharpnessSide = 128;

cv::Mat to_8_bits(const cv::Mat& picture) {
  if (picture.depth() == CV_8U) return picture;
  cv::Mat out;
  picture.convertTo(out, CV_8U, 1.0 / 257);
  return out;
}

cv::Point2d middle(const face::Box& box) {
  return (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
}

}  // namespace

cv::Mat read_context(const ExtractedFace& face) {
  const std::string where = face.image.string();
  const cv::Mat picture = dataset::decode_png(dataset::read_shard_file(face.image), where);
  if (picture.channels() != 3)
    throw Error(ErrorCode::kFormat,
                text(where, " has ", picture.channels(), " channels, a colour picture was expected"));
  // extract puts the face in the middle of its crop.
  const cv::Point2d centre = face::transform(face.record.crop_from_frame, middle(face.record.box));
  const cv::Point2d wanted((picture.cols - 1) / 2.0, (picture.rows - 1) / 2.0);
  if (picture.cols != picture.rows || cv::norm(centre - wanted) > 2)
    throw Error(ErrorCode::kFormat,
                text(where, " is ", picture.cols, " x ", picture.rows,
                     " pixels, by its record it should be a square of ", cvRound(centre.x * 2 + 1)));
  return picture;
}

FoundFace find_landmarks(vision::Landmarker& landmarker, const ExtractedFace& face, const cv::Mat& context) {
  const cv::Mat picture = to_8_bits(context);
  const face::Affine& crop_from_frame = face.record.crop_from_frame;
  const double scale = face::scale_of(crop_from_frame);
  const cv::Point2d top_left = face::transform(crop_from_frame, cv::Point2d(face.record.box.tl()));
  const face::Box box(cv::Point2f(top_left), cv::Size2f(static_cast<float>(face.record.box.width * scale),
                                                        static_cast<float>(face.record.box.height * scale)));
  vision::LandmarkResult result = landmarker.detect(picture, box);
  FoundFace out;
  out.point = {face.record.frame,
               face::transform(face::inverse(crop_from_frame), result.landmarks),
               std::move(result.confidence),
               {}};
  add_patch(out, picture, crop_from_frame);
  return out;
}

double sharpness(const cv::Mat& bgr_128) {
  cv::Mat luma, laplacian;
  cv::cvtColor(to_8_bits(bgr_128), luma, cv::COLOR_BGR2GRAY);
  cv::Laplacian(luma, laplacian, CV_32F);
  cv::Scalar mean, deviation;
  cv::meanStdDev(laplacian, mean, deviation);
  return deviation[0] * deviation[0];
}

AlignedFace cut_face(const cv::Mat& picture, const face::Affine& picture_from_frame,
                     dataset::FaceRecord record, const face::Landmarks& landmarks,
                     const face::CropFamily& family, int size) {
  const face::Affine frame_from_picture = face::inverse(picture_from_frame);
  const auto cut = [&](const face::Affine& aligned_from_frame, int side) {
    return vision::warp(picture, face::compose(aligned_from_frame, frame_from_picture), {side, side});
  };
  AlignedFace out{std::move(record), {}, {}};
  out.record.landmarks = landmarks;
  out.record.aligned_from_frame = face::aligned_from_frame(landmarks, family, size);
  out.record.pose = face::estimate_pose(landmarks);
  out.picture = cut(*out.record.aligned_from_frame, size);
  out.mask = face::hull_mask(face::transform(*out.record.aligned_from_frame, landmarks), {size, size});
  out.record.sharpness =
      sharpness(cut(face::aligned_from_frame(landmarks, family, kSharpnessSide), kSharpnessSide));
  return out;
}

AlignedFace align_face(const ExtractedFace& face, const cv::Mat& context, const vision::LandmarkResult& found,
                       const face::CropFamily& family, int size, FaceLooker& looker) {
  const face::Affine& crop_from_frame = face.record.crop_from_frame;
  AlignedFace out = cut_face(context, crop_from_frame, face.record, found.landmarks, family, size);
  out.record.landmark_confidence = found.confidence;
  const cv::Mat picture = to_8_bits(context);
  const face::Landmarks landmarks = face::transform(crop_from_frame, found.landmarks);
  out.record.identity = looker.embedder->embed(picture, landmarks);
  out.mask = looker.masker->mask(
      {picture, landmarks, face::compose(*out.record.aligned_from_frame, face::inverse(crop_from_frame)),
       size});
  return out;
}

face::Identity identity_of(vision::Embedder& embedder, const cv::Mat& context,
                           const face::Affine& crop_from_frame, const face::Landmarks& landmarks) {
  return embedder.embed(to_8_bits(context), face::transform(crop_from_frame, landmarks));
}

}  // namespace understudy::stages
