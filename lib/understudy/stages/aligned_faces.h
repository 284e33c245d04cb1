#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <set>
#include <string>
#include <vector>

#include "understudy/dataset/faces_in_use.h"
#include "understudy/model/faces.h"
#include "understudy/stages/crop_format.h"

namespace understudy::stages {

/// Whom a dataset shows.
struct PeopleShown {
  std::set<std::string> ids;    ///< see dataset::person_id()
  std::set<std::string> known;  ///< those of them that align or a correction tells apart
};

/// The aligned faces of one or more datasets of one side, read when they are asked for.
class AlignedFaces : public model::FaceSet {
 public:
  /// Of a dataset that shows one of `people`, their faces alone; of another all, unless it shows several.
  /// Throws Error kInput when there is no aligned face, kFormat when the datasets' crops differ or a picture
  /// is missing its pose or landmarks, kUsage when a dataset shows several people and none of `people`.
  explicit AlignedFaces(const std::vector<dataset::Dataset>& datasets,
                        const std::set<std::string>& people = {});

  std::size_t size() const override { return faces_.size(); }
  model::FaceSample load(std::size_t idx) const override;
  /// The source's name up to its first dot, and the frame's number: the sources "scene.ada" and "scene.bruno"
  /// show the same moments.
  std::string moment(std::size_t idx) const override { return faces_.at(idx).moment; }
  /// Of every picture's name, size and time of change.
  std::string digest() const override;
  const CropFormat& format() const { return format_; }
  /// CV_8UC3, B, G, R. Throws as load() does.
  cv::Mat picture(std::size_t idx) const;
  /// In crop pixels.
  const face::Landmarks& landmarks(std::size_t idx) const { return faces_.at(idx).aligned_landmarks; }
  /// Lines of faces.jsonl that could not be read.
  const std::vector<dataset::BadLine>& bad_lines() const { return bad_lines_; }
  /// Of each dataset, in their order, before a choice was made.
  const std::vector<PeopleShown>& people() const { return people_; }

 private:
  struct Face {
    std::filesystem::path image, mask;
    face::Landmarks aligned_landmarks;
    face::Pose pose;
    std::string moment, person_id;
  };
  void read_source(const dataset::Dataset& dataset, const std::string& source,
                   const dataset::FacesInUse& in_use);
  void choose(const dataset::Dataset& dataset, std::size_t first, const std::set<std::string>& wanted);

  std::vector<Face> faces_;
  std::vector<dataset::BadLine> bad_lines_;
  std::vector<PeopleShown> people_;
  CropFormat format_;
};

}  // namespace understudy::stages
