#pragma once

#include <opencv2/core.hpp>
#include <string>

#include "understudy/core/sha256.h"
#include "understudy/dataset/dataset.h"

namespace understudy::dataset {

/// A drawn picture: gradients and a bright square, so that every row and column differs.
inline cv::Mat drawn_picture(int side, int type, int variant = 0) {
  cv::Mat picture(side, side, type);
  const double scale = picture.depth() == CV_16U ? 257 : 1;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < picture.channels(); ++c) {
        const bool square = x > side / 3 && x < side / 2 && y > side / 3 && y < side / 2;
        const double value = scale * (square ? 250 : (7 * x + 3 * y + 40 * c + 11 * variant) % 256);
        if (picture.depth() == CV_16U)
          picture.ptr<std::uint16_t>(y)[x * picture.channels() + c] = static_cast<std::uint16_t>(value);
        else
          picture.ptr<std::uint8_t>(y)[x * picture.channels() + c] = static_cast<std::uint8_t>(value);
      }
  return picture;
}

/// What extract knows of a face.
inline FaceRecord extracted_record(std::int64_t frame, int face = 0) {
  FaceRecord record;
  record.source = "plate";
  record.frame = frame;
  record.face = face;
  record.pts = 512 * frame;
  record.box = {10.25f, 20.5f, 100, 120.75f};
  record.score = 0.875;
  record.detector = "drawn";
  record.track = "000000_0";
  record.crop_from_frame = {0.5, 0, -5.125, 0, 0.5, -10.25};
  return record;
}

/// Every field of the record set.
inline FaceRecord aligned_record(std::int64_t frame, int face = 0) {
  FaceRecord record = extracted_record(frame, face);
  record.landmarks.emplace();
  for (int i = 0; i < face::kLandmarkCount; ++i)
    (*record.landmarks)[i] = {20 + 1.25f * static_cast<float>(i), 30 + 0.5f * static_cast<float>(i)};
  record.landmark_confidence = std::vector<float>(face::kLandmarkCount, 0.75f);
  record.aligned_from_frame = face::Affine{0.25, 0.125, -3, -0.125, 0.25, 7};
  record.pose = face::Pose{12.5, -3.25, 0.75};
  record.sharpness = 321.5;
  record.identity = std::vector<float>{0.6f, -0.8f};
  return record;
}

inline ShardInfo shard_info(const std::string& stage, const std::vector<std::int64_t>& frames) {
  ShardInfo info;
  info.stage = stage;
  info.source = "plate";
  info.frames = frames;
  info.options = {{"size", 16}, {"crop", "whole"}};
  return info;
}

inline const std::string kConsentText = "# stands for a consent record\nsubject = \"drawn\"\n";

inline DatasetInfo dataset_info() {
  return {"drawn", "likeness", {{"sha256", sha256(kConsentText)}}};
}

inline SourceRecord source_record() {
  return {"plate", "/footage/plate.mp4", std::string(64, 'a'), 0, 9, 10, 640, 360};
}

/// A dataset of three frames and two drawn faces, extracted and aligned, one frame failed.
inline Dataset small_dataset(const std::filesystem::path& root, const DatasetInfo& info = dataset_info(),
                             const std::string& consent = kConsentText) {
  Dataset dataset = Dataset::create(root, info, consent);
  dataset.add_source(source_record());
  ShardWriter extract(dataset.stage_folder("extract", "plate"), shard_info("extract", {0, 1, 2}));
  ShardWriter align(dataset.stage_folder("align", "plate"), shard_info("align", {0, 1, 2}));
  for (int frame = 0; frame < 2; ++frame) {
    extract.add(extracted_record(frame), drawn_picture(24, CV_8UC3, frame), {});
    FaceRecord aligned = aligned_record(frame);
    align.add(aligned, drawn_picture(16, CV_16UC3, frame), drawn_picture(16, CV_8UC1, frame));
  }
  extract.publish();
  align.publish();
  return dataset;
}

}  // namespace understudy::dataset
