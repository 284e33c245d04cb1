#include "understudy/media/timecode.h"

extern "C" {
#include <libavutil/timecode.h>
}

#include <cmath>
#include <cstdio>

#include "understudy/media/ffmpeg.h"

namespace understudy::media {
namespace {

// SMPTE ST 12-1 as OpenEXR lays it out.
constexpr std::uint32_t kDropFrame = 1U << 6;

/// Two decimal digits as SMPTE 12M keeps them.
std::uint32_t decimal(int value) {
  return static_cast<std::uint32_t>(value / 10 << 4 | value % 10);
}

int value_of(std::uint32_t digits, std::uint32_t tens_mask) {
  return static_cast<int>((digits >> 4 & tens_mask) * 10 + (digits & 15));
}

/// The field of frames has room to 39: faster rates count pairs, and a bit says which of the two it is.
/// 0 for slower rates.
std::uint32_t second_of_pair_bit(int fps) {
  if (fps <= 30) return 0;
  return 1U << (fps == 50 ? 31 : 15);
}

std::optional<AVTimecode> read(const std::string& timecode, Rational rate) {
  route_ffmpeg_log();
  AVTimecode out{};
  if (av_timecode_init_from_string(&out, {rate.num, rate.den}, timecode.c_str(), nullptr) < 0)
    return std::nullopt;
  out.flags |= AV_TIMECODE_FLAG_24HOURSMAX;
  return out;
}

}  // namespace

std::optional<std::string> timecode_after(const std::string& first, Rational rate, std::int64_t frames) {
  const auto timecode = read(first, rate);
  if (!timecode) return std::nullopt;
  std::array<char, AV_TIMECODE_STR_SIZE> out{};
  return av_timecode_make_string(&*timecode, out.data(), static_cast<int>(frames));
}

std::optional<std::array<std::uint32_t, 2>> packed_timecode(const std::string& start, Rational rate,
                                                            std::int64_t frames) {
  const auto code = read(start, rate);
  const auto words = timecode_after(start, rate, frames);
  if (!code || !words || code->fps > 60) return std::nullopt;
  int hours = 0, minutes = 0, seconds = 0, frame = 0;
  if (std::sscanf(words->c_str(), "%d:%d:%d%*[:;.]%d", &hours, &minutes, &seconds, &frame) != 4)
    return std::nullopt;
  const int fps = static_cast<int>(code->fps);
  const std::uint32_t dropped = (code->flags & AV_TIMECODE_FLAG_DROPFRAME) != 0 ? kDropFrame : 0;
  const std::uint32_t second_of_pair = frame % 2 == 1 ? second_of_pair_bit(fps) : 0;
  return std::array<std::uint32_t, 2>{decimal(fps > 30 ? frame / 2 : frame) | dropped |
                                          decimal(seconds) << 8 | second_of_pair | decimal(minutes) << 16 |
                                          decimal(hours) << 24,
                                      0};
}

std::string timecode_text(std::uint32_t packed, Rational rate) {
  const std::uint32_t second_of_pair = second_of_pair_bit(static_cast<int>(std::lround(rate.value())));
  int frame = value_of(packed, 3);
  if (second_of_pair != 0) frame = 2 * frame + ((packed & second_of_pair) != 0 ? 1 : 0);
  std::array<char, AV_TIMECODE_STR_SIZE> out{};
  std::snprintf(out.data(), out.size(), "%02d:%02d:%02d%c%02d", value_of(packed >> 24, 3),
                value_of(packed >> 16, 7), value_of(packed >> 8, 7), (packed & kDropFrame) != 0 ? ';' : ':',
                frame);
  return out.data();
}

}  // namespace understudy::media
