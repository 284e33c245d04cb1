#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/core/frames.h"

/// The bytes as --frames and as --shard: read, or refused as wrong usage; what is read selects from a list.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view spec(reinterpret_cast<const char*>(data), size);
  const std::vector<std::int64_t> available = {-3, -1, 0, 1, 2, 7, 1001};
  understudy::FrameSelection selection;
  auto try_reading = [](const auto& read) {
    try {
      read();
    } catch (const understudy::Error& e) {
      if (e.code() != understudy::ErrorCode::kUsage) std::abort();
    }
  };
  try_reading([&] {
    selection.frames = understudy::FrameSet::parse(spec);
    if (!selection.frames->contains(selection.frames->first())) std::abort();
  });
  try_reading([&] { selection.shard = understudy::parse_part(spec); });
  try_reading([&] {
    for (const std::int64_t frame : selection.apply(available))
      if (selection.frames && !selection.frames->contains(frame)) std::abort();
  });
  return 0;
}
