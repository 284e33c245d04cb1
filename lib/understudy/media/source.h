#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/table.h"
#include "understudy/media/picture.h"

namespace understudy::media {

struct Rational {
  int num = 0, den = 1;
  double value() const { return static_cast<double>(num) / den; }
};

/// SMPTE ST 2086: the screen that a picture was made on.
struct MasteringDisplay {
  std::optional<std::array<Rational, 8>> primaries;  ///< CIE x, y of red, green, blue, white
  std::optional<std::array<Rational, 2>> luminance;  ///< least and most, in nits
};

/// CTA-861.3: the brightest pixel and the brightest frame on average, in nits.
struct ContentLight {
  int max_cll = 0, max_fall = 0;
};

struct SourceInfo {
  std::filesystem::path path;  ///< as the user gave it: a file, a folder or a pattern
  bool is_sequence = false;
  PictureFormat format;                ///< of every frame, upright
  Rational time_base{1, 25};           ///< the unit of pts; for sequences one frame of `frame_rate` or 1/25 s
  std::optional<Rational> frame_rate;  ///< nominal, where the source has one
  bool constant_rate = false;          ///< every frame comes within one tick of its place at frame_rate
  Rational sample_aspect{1, 1};        ///< width : height of a pixel
  std::optional<MasteringDisplay> mastering;  ///< of HDR10 videos
  std::optional<ContentLight> content_light;
  /// Of the first frame: "01:00:00:00", or "01:00:00;00" where frame numbers are dropped.
  std::optional<std::string> timecode;
  int rotation = 0;                  ///< clockwise degrees by which frames were turned to be upright
  std::vector<std::int64_t> frames;  ///< the numbers of all frames there are or should be, ascending
  std::vector<std::int64_t> keys;    ///< those that are decoded without others, ascending; may be empty
};

struct Frame {
  std::int64_t number = 0;  ///< videos: from 0 in the order of presentation; sequences: as in the file's name
  std::optional<std::int64_t> pts;  ///< in the source's time base; sequences have none
  std::int64_t duration = 0;        ///< until the next frame of the source, in its time base; 0 for sequences
  Picture picture;
};

/// A frame that is there by its number but cannot be had. Thrown by FrameSource::next(), which may be called
/// again.
class BadFrame : public Error {
 public:
  BadFrame(std::int64_t number, ErrorCode code, std::string message, std::string hint = {})
      : Error(code, std::move(message), std::move(hint)), number_(number) {}
  std::int64_t number() const { return number_; }

 private:
  std::int64_t number_;
};

/// Frames in ascending order, decoded ahead on a thread of its own. Not thread-safe itself.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual const SourceInfo& info() const = 0;
  /// From now on next() delivers these (ascending, all in info().frames; Error kUsage otherwise), seeking as
  /// needed. Without it, all frames are delivered.
  virtual void select(std::vector<std::int64_t> numbers) = 0;
  /// The next frame, or nothing after the last. Its picture shares memory with nobody.
  /// Throws BadFrame for a frame that is broken or missing: call again for the following one. Throws Error
  /// when the source cannot go on at all.
  virtual std::optional<Frame> next() = 0;
};

/// How the two fields of interlaced frames become one picture: FFmpeg's filter, empty for none.
const Table<std::string>& deinterlacers();

/// Frames of a source that are decoded before they are asked for.
inline constexpr std::size_t kFramesAhead = 4;

/// Opens a video, a folder of pictures (PNG, JPEG, TIFF, EXR, DPX), a single picture, or a pattern:
/// plate.%04d.exr, plate.####.exr, plate.@@@.exr, plate.1001-1100#.exr. Pads are minimums. `threads` is for
/// decoding.
///
/// Videos: rotation by 90, 180 or 270 degrees is undone; other angles and mirroring are refused. Interlaced
/// frames are refused, or made whole by `deinterlace`, a name of deinterlacers(); progressive ones among them
/// stay as they are. Each frame then depends on its neighbours, but neither on what is selected nor on
/// threads. The file is read through once to find every frame. Pictures: numbers come from the last digits of
/// the name; names without digits are numbered from 0 in order. All pictures must have one size and format.
///
/// Throws Error kInput (missing, empty, not a video or picture, no video stream), kFormat (interlaced,
/// mixed sizes ...) or kUsage (no such deinterlacer, or one for pictures).
std::unique_ptr<FrameSource> open_source(const std::filesystem::path& path, int threads,
                                         const std::string& deinterlace = "none");

}  // namespace understudy::media
