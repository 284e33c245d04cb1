#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "understudy/media/picture.h"

namespace understudy::stages {

/// As many blocks as a sheet holds: more would be higher than what viewers show.
constexpr std::size_t kSheetBlocks = 9;

/// How a block is laid out, in pixels: a heading, then rows of square cells with a line of words above each
/// and gaps on their left, right and lower sides.
constexpr int kSheetHeading = 40, kSheetColumns = 6, kSheetCell = 400, kSheetLabel = 28, kSheetGap = 6;

/// One way to merge a face, for the sheet of a preview.
struct MergedWay {
  std::string label;
  bool chosen = false;  ///< it is what the options say
  cv::Mat picture;      ///< CV_8UC3, the region of the frame
};

/// What a sheet shows of one face of one frame. Pictures are CV_8UC3, B, G, R, for looking at.
struct FaceBlock {
  std::string heading;
  cv::Mat plate, result;       ///< the region around the face
  cv::Mat matte;               ///< CV_8UC1, of the region
  cv::Mat performer, swapped;  ///< aligned crops
  std::vector<MergedWay> colors, blends;
};

/// `bgr` (CV_32FC3, as from Picture::bgr() of such pictures) for looking at: linear light is given sRGB's
/// curve, what lies beyond 0 to 1 is cut. CV_8UC3.
cv::Mat shown(const cv::Mat& bgr, const media::PictureFormat& format);

/// Rows of labelled pictures, CV_8UC3; all blocks have one width.
cv::Mat draw_block(const FaceBlock& face);

/// The block of a frame without faces, with the whole of it.
cv::Mat draw_empty_block(const std::string& heading, const cv::Mat& frame);

/// The blocks one below the other.
cv::Mat joined_blocks(const std::vector<cv::Mat>& blocks);

}  // namespace understudy::stages
