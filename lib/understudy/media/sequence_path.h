#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/frames.h"

namespace understudy::media {

/// A name with a place for the frame number: plate.%04d.exr, plate.####.exr, plate.@@@.exr,
/// plate.1001-1100#.exr. Every # or @ is a digit, but a single # stands for four. Pads are minimums.
struct SequencePattern {
  std::filesystem::path folder;
  std::string before, after;
  int pad = 1;
  std::optional<FrameSet> frames;  ///< "1001-1100#" names its frames

  /// Nothing when the last part of `path` has no place for a number. Throws Error kUsage for more than one
  /// place.
  static std::optional<SequencePattern> parse(const std::filesystem::path& path);
  std::filesystem::path path_of(std::int64_t number) const;
  /// The number in a file name of this pattern, whatever its pad.
  std::optional<std::int64_t> number_in(const std::string& file_name) const;
};

struct NumberedPicture {
  std::int64_t number;
  std::filesystem::path path;
};

/// True for the extensions of picture files that are read and written: png, jpg, jpeg, tif, tiff, exr, dpx.
bool has_picture_extension(const std::filesystem::path& path);

/// The pictures of a folder, of a pattern, or one picture file, by ascending number.
/// Throws Error kInput when there are none, or two have the same number.
std::vector<NumberedPicture> list_pictures(const std::filesystem::path& path);

}  // namespace understudy::media
