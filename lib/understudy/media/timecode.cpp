#include "understudy/media/timecode.h"

extern "C" {
#include <libavutil/timecode.h>
}

#include <cstdio>

#include "understudy/media/video_index.h"

namespace understudy::media {
namespace {

std::optional<std::string> timecode_tag(const AVDictionary* metadata) {
  const AVDictionaryEntry* entry = av_dict_get(metadata, "timecode", nullptr, 0);
  return entry == nullptr ? std::nullopt : std::optional<std::string>(entry->value);
}

/// Two decimal digits as SMPTE 12M keeps them.
std::uint32_t decimal(int value) {
  return static_cast<std::uint32_t>(value / 10 << 4 | value % 10);
}

}  // namespace

std::optional<std::string> read_timecode(const std::filesystem::path& video) {
  const ContainerPtr container = open_container(video);
  std::optional<std::string> found = timecode_tag(container->metadata);
  for (unsigned i = 0; !found && i < container->nb_streams; ++i)
    found = timecode_tag(container->streams[i]->metadata);
  return found;
}

std::optional<std::array<std::uint32_t, 2>> packed_timecode(const std::string& start, Rational rate,
                                                            std::int64_t frames) {
  route_ffmpeg_log();
  AVTimecode code;
  if (av_timecode_init_from_string(&code, {rate.num, rate.den}, start.c_str(), nullptr) < 0 || code.fps > 60)
    return std::nullopt;
  std::array<char, AV_TIMECODE_STR_SIZE> words{};
  av_timecode_make_string(&code, words.data(), static_cast<int>(frames));
  int hours = 0, minutes = 0, seconds = 0, frame = 0;
  if (std::sscanf(words.data(), "%d:%d:%d%*[:;.]%d", &hours, &minutes, &seconds, &frame) != 4)
    return std::nullopt;
  // The field of frames has room to 39: faster rates count pairs, and a bit says which of the two it is.
  const bool paired = code.fps > 30;
  const std::uint32_t dropped = (code.flags & AV_TIMECODE_FLAG_DROPFRAME) != 0 ? 1U << 6 : 0;
  const std::uint32_t second_of_pair = paired && frame % 2 == 1 ? 1U << (code.fps == 50 ? 31 : 15) : 0;
  return std::array<std::uint32_t, 2>{decimal(paired ? frame / 2 : frame) | dropped | decimal(seconds) << 8 |
                                          second_of_pair | decimal(minutes) << 16 | decimal(hours % 24) << 24,
                                      0};
}

}  // namespace understudy::media
