#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

namespace understudy::media {

/// What the samples of a picture are and mean. Colour tags are ITU-T H.273 code points, 2 is "unknown".
struct PictureFormat {
  enum class Model { kYuv, kRgb, kGray };
  enum class Sample { kU8, kU16, kHalf, kFloat };

  int width = 0, height = 0;
  Model model = Model::kRgb;
  int chroma_shift_x = 0, chroma_shift_y = 0;  ///< log2 of the chroma subsampling: 1, 1 is 4:2:0
  int bits = 8;                                ///< 8 to 16, whole numbers only: the range is [0, 2^bits)
  Sample sample = Sample::kU8;                 ///< kHalf is held as float and written as half, which is exact
  bool alpha = false;
  bool premultiplied = false;  ///< colour is already multiplied by alpha (EXR)
  bool full_range = true;
  bool range_tagged =
      false;  ///< the source says which range it has; otherwise full_range is the convention's
  int matrix = 2, primaries = 2, transfer = 2;
  int chroma_location = 0;  ///< AVChromaLocation: 0 unknown, 1 left, 2 centre, 3 top left ...
  /// x, y of red, green, blue and white where the file says them itself (EXR); they count before `primaries`.
  std::optional<std::array<float, 8>> chromaticities;
  std::string foreign_transfer;  ///< a transfer function without a number, by its name ("Logarithmic", DPX);
                                 ///< else empty

  bool is_float() const { return sample == Sample::kHalf || sample == Sample::kFloat; }
  int color_planes() const { return model == Model::kGray ? 1 : 3; }
  int plane_count() const { return color_planes() + (alpha ? 1 : 0); }
  bool is_chroma(int plane) const { return model == Model::kYuv && (plane == 1 || plane == 2); }
  /// Width and height of a plane; chroma sizes are rounded up.
  cv::Size plane_size(int plane) const;
  /// CV_8UC1, CV_16UC1 or CV_32FC1.
  int mat_type() const;
  /// True when pictures of both formats have planes of the same number, size and type.
  bool same_layout(const PictureFormat& other) const;
  /// "1920x1080 yuv 4:2:2 10-bit", for messages.
  std::string describe() const;
};

/// Native-depth planes: Y, U, V or R, G, B or grey, then alpha where there is one. Copies share the samples,
/// clone() does not.
class Picture {
 public:
  Picture() = default;
  /// All samples are 0.
  explicit Picture(const PictureFormat& format);
  /// The samples are whatever the memory held: for those who write them all.
  static Picture uninitialized(const PictureFormat& format);

  const PictureFormat& format() const { return format_; }
  bool empty() const { return planes_.empty(); }
  const cv::Mat& plane(int i) const { return planes_.at(static_cast<std::size_t>(i)); }
  cv::Mat& plane(int i) { return planes_.at(static_cast<std::size_t>(i)); }
  Picture clone() const;
  /// Turned clockwise by 0, 90, 180 or 270 degrees. Subsampled pictures must have even sizes and equal
  /// subsampling in both directions for it to be exact; throws Error kFormat otherwise.
  Picture rotated(int clockwise_degrees) const;

  /// The whole picture as CV_8UC3, B, G, R, for looking at: detectors, previews, scores.
  cv::Mat bgr8() const;

  /// `roi` (inside the picture) as CV_32FC3, B, G, R. 0 to 1 is black to white of the picture's own transfer
  /// function; codes beyond nominal range and float pictures go beyond it. A chroma sample counts for every
  /// pixel it covers. Unknown matrices are BT.601 below 720 lines and BT.709 from there on, as players do.
  /// Throws Error kBug when `roi` is not inside.
  cv::Mat bgr(cv::Rect roi) const;

  /// Writes matte * bgr + (1 - matte) * old into `roi`, in the picture's own codes, rounded to nearest; new
  /// colours are clipped to the legal range first. `bgr` is CV_32FC3 as from bgr(), `matte` CV_32FC1 in [0,
  /// 1], both of roi's size. Samples under a matte of 0 stay bit-identical. A chroma sample changes only
  /// where the matte is above 0 on all pixels it covers, by their mean matte. Alpha is left alone. Throws
  /// Error kBug on wrong sizes or types.
  void blend_bgr(cv::Rect roi, const cv::Mat& bgr, const cv::Mat& matte);

 private:
  PictureFormat format_;
  std::vector<cv::Mat> planes_;
};

}  // namespace understudy::media
