#include <cstring>

#include "given.h"
#include "understudy/media/timecode.h"

using namespace understudy;

/// A rate, a number of frames and a word, then a text: a time code that can be moved on and packed, or none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  struct {
    std::int32_t num, den;
    std::uint32_t packed;
    std::int32_t frames;
  } given{};
  if (size < sizeof given) return 0;
  std::memcpy(&given, data, sizeof given);
  const std::string words(fuzz::text_of(data + sizeof given, size - sizeof given));
  for (const media::Rational rate : {media::Rational{given.num, given.den == 0 ? 1 : given.den},
                                     {24, 1},
                                     {30000, 1001},
                                     {25, 1},
                                     {50, 1},
                                     {60000, 1001}}) {
    media::timecode_text(given.packed, rate);
    media::timecode_after(words, rate, given.frames);
    const auto packed = media::packed_timecode(words, rate, given.frames);
    if (packed && media::timecode_text((*packed)[0], rate).size() != 11) std::abort();
  }
  return 0;
}
