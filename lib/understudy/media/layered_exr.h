#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <vector>

#include "understudy/media/source.h"

namespace understudy::media {

/// A channel of an EXR picture by its full name: "R", or "face.R" in the layer face.
struct ExrChannel {
  std::string name;
  bool half;  ///< else float
};

/// Where a plate's pixels lie in the picture that compositing programs show: in EXR's display window.
struct PlateWindow {
  cv::Point offset;  ///< of the plate's first pixel
  cv::Size full;
};

/// The offset is 0 and the size the plate's own but for EXR whose windows differ. Throws Error kInput,
/// kFormat.
PlateWindow plate_window(const SourceInfo& plate);

/// Writes EXR pictures of any channels that belong to a plate's frames.
class LayeredExrWriter {
 public:
  /// Fills some rows of a picture, from `first_row` on: CV_32FC(n), the channels in the order given, all 0.
  using Fill = std::function<void(int first_row, cv::Mat& rows)>;

  /// Makes `folder`. Each picture will carry the attributes of the plate's own (data window, time code and
  /// all the rest where it is pictures), a video's time code, the rate where there is one, the pixel's
  /// aspect, the frame's number as `imageCounter`, and `metadata`. Throws Error kUsage when `folder` is a
  /// file, kResource.
  LayeredExrWriter(std::filesystem::path folder, const SourceInfo& plate, std::vector<ExrChannel> channels,
                   std::map<std::string, std::string> metadata);

  /// Writes FOLDER/000037.exr, of the plate's size. May be called by several threads at once. Throws Error
  /// kResource; no part of the file is left then.
  void write(std::int64_t number, const Fill& fill) const;

 private:
  std::filesystem::path folder_;
  cv::Size size_;
  std::vector<ExrChannel> channels_;
  std::map<std::string, std::string> metadata_;
  float pixel_aspect_;
  std::optional<Rational> rate_;
  std::optional<std::string> first_timecode_;                      ///< of a video
  std::int64_t first_frame_ = 0;                                   ///< whose it is
  std::map<std::int64_t, std::filesystem::path> plates_pictures_;  ///< by frame
};

}  // namespace understudy::media
