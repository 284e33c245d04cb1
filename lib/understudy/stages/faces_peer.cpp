#include "understudy/stages/faces_peer.h"

#include <cmath>
#include <opencv2/imgcodecs.hpp>

#include "understudy/dataset/png.h"
#include "understudy/face/crop.h"
#include "understudy/vision/warp.h"

namespace understudy::stages {
namespace {

std::string write_deepfacelab(const OutgoingFace& face) {
  constexpr int kQuality = 95;
  std::vector<uchar> jpeg;
  if (!cv::imencode(".jpg", face.picture, jpeg, {cv::IMWRITE_JPEG_QUALITY, kQuality}))
    throw Error(ErrorCode::kResource, "a picture could not be encoded as JPEG");
  const char* type = face.crop_family == "face"   ? "full_face"
                     : face.crop_family == "head" ? "head"
                                                  : "whole_face";
  dataset::PeerFace peer = face.face;
  peer.mask = face.mask;
  return dataset::with_deepfacelab({reinterpret_cast<const char*>(jpeg.data()), jpeg.size()}, peer, type,
                                   face::transform(*peer.picture_from_frame, peer.landmarks));
}

/// faceswap's oldest crop: the mean face's unit square with 0.3 of it around, centred; its corner is the
/// origin.
face::Affine faceswap_from_frame(const face::Landmarks& landmarks, int size) {
  constexpr double kWidths = 1.6, kCentreX = 0.490127,
                   kCentreY = 0.4640146;  // of the mean face, see crop.cpp
  face::Affine out = face::aligned_from_frame(landmarks, {kWidths, 0}, size);
  out(0, 2) += 0.5 - (0.5 - kCentreX) * size / kWidths;
  out(1, 2) += 0.5 - (0.5 - kCentreY) * size / kWidths;
  return out;
}

std::string write_faceswap(const OutgoingFace& face) {
  constexpr double kWidths = 1.6;
  const double side = face::crop_families().at(face.crop_family).side;
  const int size = 2 * static_cast<int>(std::lround(face.picture.cols * kWidths / side / 2));
  const face::Affine out_from_frame = faceswap_from_frame(face.face.landmarks, size);
  const cv::Mat picture =
      vision::warp(face.picture, face::compose(out_from_frame, face::inverse(*face.face.picture_from_frame)),
                   {size, size});
  return dataset::with_faceswap(dataset::encode_png(picture, ""), face.face, face.name + ".png", face.number);
}

}  // namespace

const Table<PeerFormat>& peer_formats() {
  static const Table<PeerFormat> table{
      "format",
      {{"deepfacelab",
        "JPEGs of DeepFaceLab's aligned folders",
        {{".jpg", ".jpeg"}, dataset::read_deepfacelab, write_deepfacelab}},
       {"faceswap", "face PNGs of faceswap", {{".png"}, dataset::read_faceswap, write_faceswap}}}};
  return table;
}

}  // namespace understudy::stages
