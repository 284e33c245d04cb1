#include "understudy/media/timecode.h"

extern "C" {
#include <libavutil/timecode.h>
}

#include <array>
#include <cstdio>

namespace understudy::media {
namespace {

// SMPTE ST 12-1, and its form in OpenEXR's timeCode.
constexpr std::uint32_t kDropFrame = 1U << 6, kSecondOfPair = 1U << 15;

bool counts_pairs(Rational rate) {
  return rate.value() > 30.5;
}

std::uint32_t decimal_digits(int value) {
  return static_cast<std::uint32_t>((value / 10) << 4 | value % 10);
}

int value_of(std::uint32_t digits, std::uint32_t tens_mask) {
  return static_cast<int>((digits >> 4 & tens_mask) * 10 + (digits & 15));
}

}  // namespace

std::optional<std::string> timecode_after(const std::string& first, Rational rate, std::int64_t frames) {
  AVTimecode timecode{};
  if (av_timecode_init_from_string(&timecode, {rate.num, rate.den}, first.c_str(), nullptr) < 0)
    return std::nullopt;
  timecode.flags |= AV_TIMECODE_FLAG_24HOURSMAX;
  std::array<char, AV_TIMECODE_STR_SIZE> out{};
  return av_timecode_make_string(&timecode, out.data(), static_cast<int>(frames));
}

std::optional<std::uint32_t> packed_timecode(const std::string& timecode, Rational rate) {
  int hours = 0, minutes = 0, seconds = 0, frame = 0;
  char separator = 0;
  if (std::sscanf(timecode.c_str(), "%2d:%2d:%2d%c%3d", &hours, &minutes, &seconds, &separator, &frame) != 5)
    return std::nullopt;
  std::uint32_t flags = separator == ':' ? 0 : kDropFrame;
  if (counts_pairs(rate)) {
    if (frame % 2 != 0) flags |= kSecondOfPair;
    frame /= 2;
  }
  return decimal_digits(hours) << 24 | decimal_digits(minutes) << 16 | decimal_digits(seconds) << 8 |
         decimal_digits(frame) | flags;
}

std::string timecode_text(std::uint32_t packed, Rational rate) {
  int frame = value_of(packed, 3);
  if (counts_pairs(rate)) frame = 2 * frame + ((packed & kSecondOfPair) != 0 ? 1 : 0);
  std::array<char, AV_TIMECODE_STR_SIZE> out{};
  std::snprintf(out.data(), out.size(), "%02d:%02d:%02d%c%02d", value_of(packed >> 24, 3),
                value_of(packed >> 16, 7), value_of(packed >> 8, 7), (packed & kDropFrame) != 0 ? ';' : ':',
                frame);
  return out.data();
}

}  // namespace understudy::media
