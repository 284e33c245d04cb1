#include "understudy/core/exit_codes.h"

namespace understudy {
namespace {

Table<int>::Entry code(ErrorCode code, const char* meaning) {
  const int number = static_cast<int>(code);
  return {std::to_string(number), meaning, number};
}

}  // namespace

const Table<int>& exit_codes() {
  static const Table<int> table{
      "exit code",
      {{"0", "done; frames without a face are done too", 0},
       code(ErrorCode::kBug, "a bug in Understudy"),
       code(ErrorCode::kUsage,
            "wrong usage: unknown option or mode, impossible combination, a frame range outside the clip"),
       code(ErrorCode::kInput, "an input is missing or unreadable"),
       code(ErrorCode::kFormat, "wrong format or version: damaged or newer file, crops of another size"),
       code(ErrorCode::kResource,
            "device or resource: no GPU, out of memory, disk full, place not writable, an encoder that "
            "leaves no watermark"),
       code(ErrorCode::kPartial,
            "finished, but some items failed; --report lists them, everything else was written; a "
            "delivered file is not verified"),
       code(ErrorCode::kRefused,
            "refused: a consent is missing, over, taken back, not signed, or does not cover this"),
       code(ErrorCode::kStopped,
            "stopped by a signal with everything finished so far saved; or another process of the same "
            "training was lost"),
       {"143, 130", "a second SIGTERM or SIGINT: left at once; a rerun still completes", 143}}};
  return table;
}

}  // namespace understudy
