#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace understudy::watermark_table {

/// A clip to mark, as FFmpeg's arguments up to the output.
struct ClipKind {
  std::string name;
  std::string making;
};

/// What is done to a marked clip: FFmpeg's arguments between input and output, and those of a second run.
struct Attack {
  std::string name;
  std::string first, second = {};
  bool is_quick = false;  ///< one of the short version
};

/// In full: 48 frames at 1080p and 720p; else 24 at 360p.
std::vector<ClipKind> clip_kinds(bool full);
std::vector<Attack> attacks(bool full);
/// What is done to a clip between its first mark and its second (`first`), and behind that (`second`).
std::vector<Attack> attacks_between_marks(bool full);
/// What is done to one marked picture; the output is a JPEG.
std::vector<Attack> still_attacks();

/// Runs FFmpeg with two threads. Throws Error kResource when it fails.
void ffmpeg(const std::string& arguments);
/// Mean structural similarity of the luma of two videos (Wang et al. 2004), by FFmpeg's filter.
double ssim_of(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace understudy::watermark_table
