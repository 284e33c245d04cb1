#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

#include "understudy/dataset/record.h"
#include "understudy/face/head_shape.h"
#include "understudy/vision/landmarker.h"

namespace understudy::model {
struct ModelHeader;
}

namespace understudy::stages {

struct CropFormat;
struct TrainedPeople;

/// What a model's header keeps of its people's heads: the shape of each by name, `likenesses` and
/// `performers`, where their faces show one; see face::head_shape().
Json heads_of(const TrainedPeople& people);

/// Finds how a swapped face has to be turned. A decoder draws the likeness roughly as its own crops are
/// aligned, not as the performer's are: so its landmarks are found in the swapped crop, and turned to where
/// the likeness' head would have them in the performer's place.
class Registration {
 public:
  /// Absent, with the reason in `why_not`, when the header does not know both heads or several performers are
  /// in it. Throws Error kFormat for a header that is damaged, kInput without the landmarker's files.
  static std::optional<Registration> make(const model::ModelHeader& header, const std::string& likeness,
                                          const CropFormat& format, const std::string& landmarker,
                                          const std::filesystem::path& model_dir, std::string& why_not);

  /// From the swapped crop's pixels to where its content belongs in the performer's crop. `swapped`: CV_8UC3,
  /// the performer's `record` as align wrote it. Absent when it would be turned too far to be meant: then the
  /// landmarks are wrong.
  std::optional<face::Affine> place(const cv::Mat& swapped, const dataset::FaceRecord& record);

 private:
  Registration(const face::HeadMatch& match, const CropFormat& format,
               std::unique_ptr<vision::Landmarker> landmarker);

  face::HeadMatch match_;
  face::CropFamily family_;
  int size_;  ///< of the crops
  std::unique_ptr<vision::Landmarker> landmarker_;
};

}  // namespace understudy::stages
