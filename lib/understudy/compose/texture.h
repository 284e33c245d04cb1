#pragma once

#include <cstdint>
#include <map>
#include <opencv2/core/mat.hpp>
#include <string>
#include <utility>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/face/geometry.h"

namespace understudy::compose {

/// What a texture match measures, in the plate's own pixels.
struct TextureSample {
  cv::Mat face,
      plate;         ///< CV_32FC3, B, G, R, in one place: the face as it is to be merged, and what it covers
  cv::Mat mask;      ///< CV_32FC1 in [0, 1], of the same size: nothing below one half has a say
  cv::Vec2d motion;  ///< of the face, in pixels a frame: right, down
  cv::Mat before;    ///< the plate one frame earlier, of the same size, or empty where there is none
  bool still = false;              ///< there is no other frame
  face::Affine before_from_plate;  ///< where the face's pixels lay in `before`
  std::vector<cv::Rect> smooth{};  ///< where the plate shows noise alone; measure_textures() fills it in
};

/// What applying needs to know of the frame.
struct TexturePlace {
  cv::Vec2d motion;
  std::uint64_t seed = 0;  ///< of what is random
};

using NamedNumbers = std::vector<std::pair<std::string, double>>;

/// A way to give a face the plate's texture, in two steps.
struct TextureMatch {
  /// What the sample says, as one row of CV_32FC1, always as many numbers, such that the mean of those of
  /// several frames is a match between theirs. Empty where it says nothing: the face is too small, say.
  cv::Mat (*measure)(const TextureSample& sample);
  /// `face` (CV_32FC3, of any size) changed by what was measured.
  cv::Mat (*apply)(const cv::Mat& face, const cv::Mat& measured, const TexturePlace& place);
  /// What was measured, for people: names with their units.
  NamedNumbers (*describe)(const cv::Mat& measured);
};

/// In the order in which they are measured and applied. To add one: a file in texture/, its declaration in
/// texture/texture_match.h, a row in texture/texture.cpp, a row in docs/tools/merge.md. Table-driven tests
/// walk it.
const Table<TextureMatch>& texture_matches();

/// Rows by the names of their matches; what a match could not measure is not among them.
using TextureRows = std::map<std::string, cv::Mat>;

/// What each of the matches `names` measures on the face as those before it left it, after checking what it
/// is given. Throws Error kBug on other types or sizes.
TextureRows measure_textures(const std::vector<std::string>& names, TextureSample sample);

/// `face` (CV_32FC3, else Error kBug) changed by what was measured.
cv::Mat apply_textures(const TextureRows& measured, const cv::Mat& face, const TexturePlace& place);

}  // namespace understudy::compose
