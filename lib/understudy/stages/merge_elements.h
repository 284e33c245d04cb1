#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "understudy/media/layered_exr.h"
#include "understudy/stages/merge_frame.h"

namespace understudy::stages {

/// Writes what compositors work on: for each frame an EXR picture of the plate, the faces, their matte, an ST
/// map and the predicted mask; see docs/formats/elements.md.
class ElementsWriter {
 public:
  /// `with_confidence`: whether the conversion holds predicted masks. Throws Error kUsage, kResource.
  ElementsWriter(const std::filesystem::path& folder, const media::SourceInfo& plate, bool with_confidence,
                 const std::map<std::string, std::string>& marking);

  /// `plate` and `merged`: the frame before and after the faces were put in, `matte` (CV_32FC1, of its size)
  /// where they were. May be called by several threads at once. Throws Error kResource.
  void write(std::int64_t number, const media::Picture& plate, const media::Picture& merged,
             const cv::Mat& matte, const std::vector<MergeFace>& faces) const;

 private:
  bool half_plate_, with_confidence_;
  media::LayeredExrWriter writer_;
};

/// Whether any face of the conversion has a predicted mask.
bool has_predicted_masks(const ConvertedSource& converted);

/// Red and green of the ST map for some rows of a frame, from `first_row` on, CV_32FC2 into `rows` (all 0):
/// where in the aligned crop each pixel lies, 0 to 1 from its lower left corner; 0 outside all crops. Where
/// crops overlap, the one whose middle is nearest counts, in sides of the crop.
void draw_st_map(const std::vector<MergeFace>& faces, int first_row, cv::Mat& rows);

}  // namespace understudy::stages
