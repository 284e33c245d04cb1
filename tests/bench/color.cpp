#include "understudy/compose/color.h"
#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/samples.h"

namespace understudy::bench {
namespace {

constexpr int kSide = 512, kSampleSide = 128;  // merge measures on samples of this side

compose::ColorSample sample() {
  const Aligned likeness = aligned(likeness_clip(), kSampleSide),
                performer = aligned(performer_clip(), kSampleSide);
  return {as_float(likeness.picture), as_float(performer.picture), as_float(performer.mask)};
}

/// The face is read and written, unless the mode hands it back as it is.
void match(benchmark::State& state, const compose::ColorMatch& mode) {
  const cv::Mat face = as_float(aligned(likeness_clip(), kSide).picture);
  const compose::ColorSample shown = sample();
  const auto work = [&] { return compose::apply_color(mode, face, compose::measure_color(mode, shown, {})); };
  const bool copies = work().data != face.data;
  const double bytes = copies ? 2.0 * static_cast<double>(face.total() * face.elemSize()) : 0;
  repeat(state, {"faces", 1, memory_seconds(bytes)}, work);
}

}  // namespace

void add_color() {
  for (const auto& mode : compose::color_matches())
    add(text("color/", mode.name, "/", kSide), {1},
        [match_ = mode.value](auto& state, int) { match(state, match_); });
}

}  // namespace understudy::bench
