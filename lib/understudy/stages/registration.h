#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <vector>

#include "understudy/dataset/record.h"
#include "understudy/face/face_place.h"
#include "understudy/vision/landmarker.h"

namespace understudy::model {
struct ModelHeader;
}

namespace understudy::stages {

struct CropFormat;
struct TrainedPeople;

/// What a model's header keeps of where its people's faces lie in their heads: by name, `likenesses` and
/// `performers`, where their faces show it; see face::face_place(). `threads` of them look at the faces.
Json places_of(const TrainedPeople& people, int threads);

/// A swapped crop, the performer's crop that it was made from (both CV_8UC3, of one size), and its record as
/// align wrote it.
struct DrawnFace {
  cv::Mat swapped, performer;
  const dataset::FaceRecord* record;
};

/// Finds how a swapped face has to be turned and moved. A decoder draws the likeness roughly as its own crops
/// are aligned, not as the performer's are: so landmarks are found in both, and those of the swapped face are
/// brought to where the likeness' face would have them in the performer's head.
class Registration {
 public:
  /// Absent, with the reason in `why_not`, when the header does not know both people's places or several
  /// performers are in it. Throws Error kFormat for a header that is damaged.
  static std::optional<Registration> make(const model::ModelHeader& header, const std::string& likeness,
                                          const CropFormat& format, int threads, std::string& why_not);

  /// Of each face, from the swapped crop's pixels to where its content belongs in the performer's crop: a
  /// turn and a shift. Absent when it would be moved too far to be meant: then the landmarks are wrong.
  std::vector<std::optional<face::Affine>> place(const std::vector<DrawnFace>& faces);

 private:
  Registration(const face::FacePlace& likeness, const face::FacePlace& performer, const CropFormat& format,
               int threads);
  std::optional<face::Affine> place(vision::Landmarker& landmarker, const DrawnFace& face) const;

  face::FacePlace likeness_, performer_;
  face::CropFamily family_;
  int size_;  ///< of the crops
  std::vector<std::unique_ptr<vision::Landmarker>> landmarkers_;
};

}  // namespace understudy::stages
