#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "bench/samples.h"

namespace understudy::bench {

/// FFmpeg's libraries alone, with no picture of ours: what decoding and encoding cost at least. Seconds of
/// the quickest run in this process so far; every call runs again. Both throw Error kResource when FFmpeg
/// refuses.

/// Opens the video and decodes every frame.
double decoding_alone(const std::filesystem::path& path, int threads);

/// An encoder's settings, as FFmpeg names them.
struct EncoderSettings {
  std::string name;  ///< "libx264"
  std::map<std::string, std::string> options;
};

/// Encodes all frames of the clip, which lie ready in FFmpeg's own frames, and drops the packets.
double encoding_alone(const Clip& clip, const EncoderSettings& settings, int threads);

}  // namespace understudy::bench
