#include "given.h"
#include "understudy/media/sequence_path.h"

/// The bytes as a path with a place for a number: none, refused, or one whose names lead back to the number.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using understudy::media::SequencePattern;
  constexpr std::size_t kLongestPath = 4096;
  const std::string path(understudy::fuzz::text_of(data, std::min(size, kLongestPath)));
  std::optional<SequencePattern> pattern;
  if (!understudy::fuzz::takes([&] { pattern = SequencePattern::parse(path); }) || !pattern) return 0;
  pattern->number_in(path);
  for (const std::int64_t number : {0L, 7L, 123456789L, -12L})
    if (pattern->number_in(pattern->path_of(number).filename().string()) != number) std::abort();
  return 0;
}
