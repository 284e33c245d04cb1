#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace understudy {

/// A set of frame numbers as on the command line: "1-100", "1001-1100x2", "5,7,20-30", "-5-10". Ends are
/// inclusive, numbers are the source's own, `x` is a step.
class FrameSet {
 public:
  /// Throws Error kUsage. ':' is refused by name, since programs disagree on what it means.
  static FrameSet parse(std::string_view spec);
  bool contains(std::int64_t frame) const;
  /// The lowest and highest end of the ranges.
  std::int64_t first() const;
  std::int64_t last() const;

 private:
  FrameSet() = default;
  struct Range {
    std::int64_t first, last, step;
  };
  std::vector<Range> ranges_;
};

/// Which frames a job works on: --frames, then the I-th part of those (--shard I/N, or --chunk I --chunk-size
/// K).
struct FrameSelection {
  struct Part {
    std::int64_t index;  ///< from 1
    std::int64_t count;
  };
  struct Chunk {
    std::int64_t index;  ///< from 1
    std::int64_t size;
  };
  std::optional<FrameSet> frames;
  std::optional<Part> shard;
  std::optional<Chunk> chunk;

  /// The selected ones of `available` (ascending numbers), in order. Parts are contiguous and differ by at
  /// most one frame. Throws Error kUsage when --frames names none of them, or the part's number is out of
  /// range; a chunk behind the end is empty.
  std::vector<std::int64_t> apply(const std::vector<std::int64_t>& available) const;

  /// What all parts select together.
  FrameSelection undivided() const { return {frames, {}, {}}; }
};

/// "I/N" as a part. Throws Error kUsage.
FrameSelection::Part parse_part(std::string_view spec);

/// Six digits at least, with a minus sign before negative numbers: "001037".
std::string frame_name(std::int64_t frame);

}  // namespace understudy
