#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

#include "understudy/core/json.h"
#include "understudy/core/table.h"
#include "understudy/media/picture.h"

namespace understudy::media {

class ColorMap;

/// A word for what a plate's codes are: a name of transfers() and the primaries (x, y of red, green, blue,
/// white).
struct ColorSpace {
  std::string transfer;
  std::array<double, 8> primaries;
};

/// The words of --color-space.
const Table<ColorSpace>& color_spaces();

/// How the user says what a plate's codes are.
struct ColorSpaceChoice {
  std::string
      name;  ///< a name of color_spaces(), or a colour space of `ocio`; empty: by the plate's own tags
  std::filesystem::path ocio;  ///< an OpenColorIO configuration; empty: none
};

/// The way between a plate's own coded B, G, R, as Picture::bgr() has them, and the display space that
/// detectors and models see: sRGB's curve and BT.709's primaries, 1 is white. Both ways fit together to 1e-4
/// of a colour's brightest channel, in light. Nothing is clipped: highlights lie above 1, colours outside the
/// gamut below 0. Cheap to copy; may be used by several threads at once.
class DisplaySpace {
 public:
  /// Codes are display values already.
  DisplaySpace() = default;

  /// By the tags of `plate` (transfer function, primaries), or as the user says. BT.709, 601, 2020, sRGB,
  /// gamma 2.2 and 2.8 and what is untagged are display values, float EXR is linear. PQ and HLG without
  /// tagged primaries have BT.2020's. Throws Error kFormat for a transfer function that is not known, kUsage
  /// for a name that is not, kInput for an OpenColorIO configuration that cannot be used.
  static DisplaySpace of(const PictureFormat& plate, const ColorSpaceChoice& choice);

  /// What `record`, a record(), stands for. Throws Error kFormat when it is none, kInput when it needs the
  /// OpenColorIO configuration `ocio` and that is missing or another one than then.
  static DisplaySpace from_record(const Json& record, const std::filesystem::path& ocio);

  /// Null where codes are display values; else {"transfer", "primaries"} or {"ocio_space", "ocio_sha256"}.
  const Json& record() const { return record_; }
  bool is_as_coded() const { return map_ == nullptr; }

  /// `roi` of `picture` in display space: CV_32FC3, B, G, R. As Picture::bgr() where codes are display
  /// values.
  cv::Mat bgr(const Picture& picture, cv::Rect roi) const;
  /// The whole picture, CV_8UC3, cut to 0..1. As Picture::bgr8() where codes are display values.
  cv::Mat bgr8(const Picture& picture) const;
  /// Picture::blend_bgr() with colours of display space; mixed in the picture's own codes.
  void blend_bgr(Picture& picture, cv::Rect roi, const cv::Mat& bgr, const cv::Mat& matte) const;

 private:
  DisplaySpace(std::shared_ptr<const ColorMap> map, Json record);
  static DisplaySpace tagged(const ColorSpace& space);
  static DisplaySpace of_config(const std::filesystem::path& config, const std::string& name);

  std::shared_ptr<const ColorMap> map_;
  Json record_;
};

}  // namespace understudy::media
