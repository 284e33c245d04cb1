#pragma once

#include "stage/faces_sample.h"

namespace understudy::stages {

/// Two sources; in each frame of both a left face, track "left", and a right one, track "right". Align found
/// that the left ones are all of "p1", and wrongly that in the second source the right ones are too.
class TwoSources {
 public:
  TwoSources() {
    const auto consent = sample_consent(provenance::Role::kPerformer);
    const auto dataset = dataset::Dataset::create(
        root(), {"bruno", "performer", provenance::to_json(provenance::summarise(consent))}, consent.bytes);
    for (const char* source : {"one", "two"}) {
      dataset.add_source({.id = source,
                          .path = "/footage/" + std::string(source),
                          .sha256 = std::string(64, 'a'),
                          .first_frame = 0,
                          .last_frame = 3,
                          .frame_count = 4,
                          .width = 640,
                          .height = 360});
      publish(dataset, source);
    }
  }

  fs::path folder() const { return folder_.path(); }
  fs::path root() const { return folder() / "bruno"; }

 private:
  static constexpr int kCropSide = 64;

  static void publish(const dataset::Dataset& dataset, const std::string& source) {
    dataset::ShardInfo info;
    info.stage = "align";
    info.source = source;
    info.frames = {0, 1, 2, 3};
    info.options = {{"crop", "whole"}, {"size", kCropSide}};
    dataset::ShardWriter writer(dataset.stage_folder("align", source), info);
    for (int frame = 0; frame < 4; ++frame)
      for (const bool right : {false, true})
        writer.add(face(source, frame, right), picture(CV_8UC3), picture(CV_8UC1));
    writer.publish();
  }

  static dataset::FaceRecord face(const std::string& source, int frame, bool right) {
    dataset::FaceRecord out;
    out.source = source;
    out.frame = frame;
    out.face = right ? 1 : 0;
    out.box = {right ? 400.0F : 50.0F, 50, 100, 100};
    out.track = right ? "right" : "left";
    out.person = right && source == "one" ? "p2" : "p1";
    out.crop_from_frame = out.crop_from_frame.eye();
    out.aligned_from_frame = face::Affine(0.5, 0, -0.5 * out.box.x, 0, 0.5, -25);
    out.landmarks.emplace();
    for (std::size_t i = 0; i < out.landmarks->size(); ++i)
      (*out.landmarks)[i] = {out.box.x + static_cast<float>(i), 60.0F + static_cast<float>(i % 7)};
    out.pose.emplace();
    return out;
  }
  static cv::Mat picture(int type) { return {kCropSide, kCropSide, type, cv::Scalar::all(90)}; }

  TemporaryFolder folder_;
};

}  // namespace understudy::stages
