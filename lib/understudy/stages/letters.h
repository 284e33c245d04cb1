#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

struct FT_FaceRec_;
struct FT_LibraryRec_;

namespace understudy::stages {

/// The letters of a font (TrueType, OpenType), for words in UTF-8.
class Letters {
 public:
  /// An empty path is DejaVu Sans, as Debian installs it. Throws Error kInput when there is no such file,
  /// kFormat when it is no font whose letters can be scaled.
  explicit Letters(const std::filesystem::path& font);

  /// Throws Error kUsage, naming the first character that cannot be drawn: the font lacks it, or its script
  /// needs letters to be joined or reordered, which is not done here; and for what is no UTF-8 or a control
  /// character.
  void require(std::string_view words) const;

  /// How wide words are, in pixels, with capitals `capital_px` high. Words as require() takes them.
  int width_of(std::string_view words, double capital_px) const;
  /// Draws them into `ink` (CV_8UC1) from `start` on, the left end of the line that they stand on. What lies
  /// outside is cut off.
  void draw(std::string_view words, double capital_px, cv::Point start, cv::Mat& ink) const;

 private:
  void set_size(double capital_px) const;

  std::filesystem::path path_;
  std::shared_ptr<FT_LibraryRec_> library_;
  std::shared_ptr<FT_FaceRec_> face_;
  double capital_share_ = 1;  ///< of the font's size
};

}  // namespace understudy::stages
