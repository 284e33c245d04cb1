#include "understudy/core/frames.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy {
namespace {

/// Reads a number from the front of `rest` and removes it.
std::optional<std::int64_t> take_number(std::string_view& rest) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc{}) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

[[noreturn]] void refuse(std::string_view spec, std::string_view why) {
  throw Error(ErrorCode::kUsage, text("cannot read the frame range '", spec, "': ", why),
              "write 1-100, 1001-1100x2 (every second) or 5,7,20-30");
}

}  // namespace

FrameSet FrameSet::parse(std::string_view spec) {
  if (spec.find(':') != std::string_view::npos)
    refuse(spec, "':' means a step in some programs and interleaving in others; use 'x' for a step");
  FrameSet set;
  std::string_view rest = spec;
  for (;;) {
    const auto first = take_number(rest);
    if (!first) refuse(spec, "a frame number was expected");
    Range range{*first, *first, 1};
    if (rest.starts_with('-')) {
      rest.remove_prefix(1);
      const auto last = take_number(rest);
      if (!last) refuse(spec, "a last frame was expected after '-'");
      range.last = *last;
      if (rest.starts_with('x')) {
        rest.remove_prefix(1);
        const auto step = take_number(rest);
        if (!step || *step < 1) refuse(spec, "a step of at least 1 was expected after 'x'");
        range.step = *step;
      }
    }
    if (range.last < range.first) refuse(spec, "the last frame lies before the first");
    set.ranges_.push_back(range);
    if (rest.empty()) return set;
    if (!rest.starts_with(',')) refuse(spec, text("'", rest, "' was not expected"));
    rest.remove_prefix(1);
  }
}

bool FrameSet::contains(std::int64_t frame) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& r) {
    if (frame < r.first || frame > r.last) return false;
    // Unsigned, since the distance of two frame numbers may not fit into a signed one.
    const auto distance = static_cast<std::uint64_t>(frame) - static_cast<std::uint64_t>(r.first);
    return distance % static_cast<std::uint64_t>(r.step) == 0;
  });
}

std::int64_t FrameSet::first() const {
  return std::min_element(ranges_.begin(), ranges_.end(), [](auto& a, auto& b) { return a.first < b.first; })
      ->first;
}

std::int64_t FrameSet::last() const {
  return std::max_element(ranges_.begin(), ranges_.end(), [](auto& a, auto& b) { return a.last < b.last; })
      ->last;
}

std::vector<std::int64_t> FrameSelection::apply(const std::vector<std::int64_t>& available) const {
  std::vector<std::int64_t> chosen;
  for (std::int64_t frame : available)
    if (!frames || frames->contains(frame)) chosen.push_back(frame);
  if (frames && chosen.empty()) {
    throw Error(ErrorCode::kUsage, available.empty() ? std::string("the source has no frames")
                                                     : text("--frames selects ", frames->first(), " to ",
                                                            frames->last(), ", but the source has frames ",
                                                            available.front(), " to ", available.back()));
  }
  const auto size = static_cast<std::int64_t>(chosen.size());
  std::int64_t begin = 0, end = size;
  if (shard) {
    if (shard->index < 1 || shard->index > shard->count)
      throw Error(ErrorCode::kUsage, text("shard ", shard->index, " of ", shard->count,
                                          ": the number goes from 1 to the count"));
    const std::int64_t share = size / shard->count, left_over = size % shard->count;
    auto begin_of = [&](std::int64_t part) { return part * share + std::min(part, left_over); };
    begin = begin_of(shard->index - 1);
    end = begin_of(shard->index);
  } else if (chunk) {
    if (chunk->index < 1 || chunk->size < 1)
      throw Error(ErrorCode::kUsage,
                  text("chunk ", chunk->index, " of size ", chunk->size, ": both start at 1"));
    begin = chunk->index - 1 > size / chunk->size ? size : std::min(size, (chunk->index - 1) * chunk->size);
    end = begin + std::min(chunk->size, size - begin);
  }
  return {chosen.begin() + begin, chosen.begin() + end};
}

void ChunkCheck::add(const std::vector<std::int64_t>& available) {
  if (selection_.chunk)
    longest_ = std::max(longest_, static_cast<std::int64_t>(selection_.undivided().apply(available).size()));
}

void ChunkCheck::finish() const {
  if (!selection_.chunk) return;
  const auto [index, size] = *selection_.chunk;
  const std::int64_t chunks = longest_ / size + (longest_ % size > 0 ? 1 : 0);
  if (index > chunks)
    throw Error(ErrorCode::kUsage, text("there is no chunk ", index, ": ", longest_, " frames are ", chunks,
                                        " chunks of ", size));
}

FrameSelection::Part parse_part(std::string_view spec) {
  std::string_view rest = spec;
  const auto index = take_number(rest);
  const bool slash = rest.starts_with('/');
  if (slash) rest.remove_prefix(1);
  const auto count = take_number(rest);
  if (!index || !slash || !count || !rest.empty() || *index < 1 || *index > *count)
    throw Error(ErrorCode::kUsage, text("cannot read the shard '", spec, "'"),
                "write I/N with I from 1 to N, such as 2/8");
  return {*index, *count};
}

std::string frame_name(std::int64_t frame) {
  // The sign takes a place of its own beside the six digits.
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, frame < 0 ? "%07lld" : "%06lld", static_cast<long long>(frame));
  return buffer;
}

}  // namespace understudy
