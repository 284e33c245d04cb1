#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/media/sequence_path.h"
#include "understudy/media/source.h"

namespace understudy::media {

/// What an encoder takes at its height beside the frame that it is given. Measured with FFmpeg 5.1.
struct EncoderMemory {
  double bytes_per_px = 0, bytes_per_px_and_thread = 0;
};

/// How finished pictures are stored.
struct Codec {
  std::string writer;  ///< FFmpeg's encoder, or OpenImageIO's format for picture sequences
  bool is_sequence = false;
  bool is_delivery = false;             ///< what goes to an audience, not to further work: it is watermarked
  std::vector<std::string> extensions;  ///< that an output may have; the first is the usual one
  std::optional<double> quality;        ///< default of --quality where the codec has it: CRF, lower is better
  std::vector<std::string> presets;     ///< that the codec knows; the first is the default
  EncoderMemory memory;
};

/// All codecs. h264, hevc: CRF quality, x264's and x265's presets; 4:2:0, 4:2:2 and 4:4:4 are kept, RGB and
/// grey become 4:2:0 (4:4:4 with odd sizes). prores, dnxhr: the preset is the profile, chosen by the pictures
/// where none is given. Depth is never reduced silently: h264 takes 8 and 10 bits, hevc 8 to 12, prores and
/// dnxhr up to 10, ffv1, png, tiff and exr up to 16; what is lost is said in the log.
const Table<Codec>& codecs();

struct SinkOptions {
  std::string codec = "h264";     ///< a name in codecs()
  std::optional<double> quality;  ///< the codec's default otherwise
  std::string preset;             ///< empty: the codec's default
  int threads = 1;
  std::map<std::string, std::string> metadata;  ///< into the container or every picture but DPX; any keys
  /// Rate for a video made from pictures that name none; ignored where frames have times.
  Rational frame_rate{25, 1};
  std::optional<std::int64_t> first_frame;  ///< the first that will be written; the plate's first otherwise
  /// The plate. Videos: its audio, subtitle, data and attachment streams, chapters and metadata are copied,
  /// packet for packet, cut to the written range where that is shorter than the plate. Sequences: each
  /// picture's attributes.
  std::optional<std::filesystem::path> copy_streams_from;
  /// Is handed a video that is whole, under its temporary name; what it throws, finish() throws, and nothing
  /// gets the final name. It may put another file in its place. Not for sequences.
  std::function<void(const std::filesystem::path& whole)> before_naming;
};

/// Takes frames in ascending order. Nothing appears under a video's final name before finish(), and
/// sequences' pictures appear whole; destroyed without finish(), a video leaves nothing behind. Not
/// thread-safe itself; encodes behind.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// Queues a frame, whose picture must not be written to afterwards. Throws Error kResource (disk full ...),
  /// perhaps for an earlier frame, and kBug for a picture of another format or times that do not ascend.
  virtual void write(const Frame& frame) = 0;
  /// Ends the output and gives it its name. Throws as write().
  virtual void finish() = 0;
};

/// `like` says what the frames will be: format, time base, rate, pixel aspect. Videos keep that time base and
/// every pts, also those of a range that starts late (Matroska rounds to milliseconds). `path`: .mp4, .mov or
/// .mkv for videos; a folder or a pattern (frame.####.png) for sequences, which keep the frames' numbers.
/// Throws Error kUsage (unknown codec or preset, container that cannot hold the codec or a copied stream, odd
/// size, too many bits), kResource (folder missing or not writable).
std::unique_ptr<FrameSink> open_sink(const std::filesystem::path& path, const SourceInfo& like,
                                     const SinkOptions& options);

/// The names of the pictures that open_sink() writes to `path`, a folder or a pattern, with a codec for
/// sequences. Throws Error kUsage when the pattern's extension is not the codec's.
SequencePattern sequence_names(const std::filesystem::path& path, const std::string& codec);

}  // namespace understudy::media
