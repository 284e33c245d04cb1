#include "bench/benchmarks.h"
#include "bench/libav.h"
#include "bench/measure.h"

namespace understudy::bench {
namespace {

double pixels(const Clip& clip) {
  return static_cast<double>(clip.info.format.width) * clip.info.format.height;
}

void decode(benchmark::State& state, const Clip& clip, int threads) {
  const Job job{"frames", static_cast<double>(clip.frames.size()), decoding_alone(clip.path, threads)};
  repeat(state, job, [&] {
    const auto source = media::open_source(clip.path, threads);
    std::int64_t count = 0;
    while (source->next()) ++count;
    return count;
  });
}

/// Reads 4:2:0, writes B, G, R.
void to_bgr8(benchmark::State& state, const Clip& clip) {
  repeat(state, {"frames", 1, memory_seconds(pixels(clip) * (1.5 + 3))},
         [&] { return clip.frames.front().picture.bgr8(); });
}

}  // namespace

void add_decode() {
  for (const auto clip : {performer_clip, hd_clip}) {
    const std::string name = clip == hd_clip ? "1080p" : "480p";
    add("decode/" + name, {1, 2}, [clip](auto& state, int threads) { decode(state, clip(), threads); });
    add("bgr8/" + name, {1}, [clip](auto& state, int) { to_bgr8(state, clip()); });
  }
}

}  // namespace understudy::bench
