#pragma once

#include <memory>
#include <vector>

#include "understudy/face/crop.h"
#include "understudy/stages/align_tracks.h"
#include "understudy/vision/embedder.h"
#include "understudy/vision/landmarker.h"
#include "understudy/vision/masker.h"

namespace understudy::stages {

/// The context crop of a face. Throws Error kInput or kFormat when it is not the picture that its record
/// speaks of.
cv::Mat read_context(const ExtractedFace& face);

/// The landmarks of a face in its context crop, and what steadying needs of it.
FoundFace find_landmarks(vision::Landmarker& landmarker, const ExtractedFace& face, const cv::Mat& context);

struct AlignedFace {
  dataset::FaceRecord record;
  cv::Mat picture;  ///< size x size, B, G, R, of the context crop's depth
  cv::Mat mask;     ///< size x size, CV_8UC1
};

/// Cuts the aligned crop out of a picture of the face and measures everything on it; the mask is the
/// landmarks' outline. `record` is kept but for what align adds.
AlignedFace cut_face(const cv::Mat& picture, const face::Affine& picture_from_frame,
                     dataset::FaceRecord record, const face::Landmarks& landmarks,
                     const face::CropFamily& family, int size);

/// What looks at a face whose landmarks are known, on one thread.
struct FaceLooker {
  std::unique_ptr<vision::Embedder> embedder;
  std::unique_ptr<vision::Masker> masker;

  std::unique_ptr<FaceLooker> twin() const {
    return std::make_unique<FaceLooker>(FaceLooker{embedder->twin(), masker->twin()});
  }
};

/// The aligned crop of an extracted face, from its context crop, its mask, and whose it is.
AlignedFace align_face(const ExtractedFace& face, const cv::Mat& context, const vision::LandmarkResult& found,
                       const face::CropFamily& family, int size, FaceLooker& looker);

/// Of the face with these landmarks, in plate pixels, on its context crop.
face::Identity identity_of(vision::Embedder& embedder, const cv::Mat& context,
                           const face::Affine& crop_from_frame, const face::Landmarks& landmarks);

/// Variance of the Laplacian of the luma (0 to 255) at 128 pixels a side: about how much fine detail the face
/// shows.
double sharpness(const cv::Mat& bgr_128);

}  // namespace understudy::stages
