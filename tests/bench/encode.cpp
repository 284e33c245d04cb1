#include "bench/benchmarks.h"
#include "bench/libav.h"
#include "bench/measure.h"
#include "understudy/media/sink.h"

namespace understudy::bench {
namespace {

/// The same settings in our words and in FFmpeg's.
struct Encoding {
  std::string codec;
  std::optional<double> quality;
  std::string preset;
  EncoderSettings alone;
};

void encode(benchmark::State& state, const Clip& clip, const Encoding& encoding, int threads) {
  const Job job{"frames", static_cast<double>(clip.frames.size()),
                encoding_alone(clip, encoding.alone, threads)};
  media::SinkOptions options;
  options.codec = encoding.codec;
  options.quality = encoding.quality;
  options.preset = encoding.preset;
  options.threads = threads;
  const auto path = scratch() / "encoded.mkv";
  repeat(state, job, [&] {
    const auto sink = media::open_sink(path, clip.info, options);
    for (const media::Frame& frame : clip.frames) sink->write(frame);
    sink->finish();
    return sink.get();
  });
}

}  // namespace

void add_encode() {
  const std::vector<Encoding> encodings = {
      {"h264", 16, "medium", {"libx264", {{"preset", "medium"}, {"crf", "16"}}}},
      {"ffv1", {}, "", {"ffv1", {{"level", "3"}, {"g", "1"}, {"slices", "4"}, {"slicecrc", "1"}}}}};
  for (const Encoding& encoding : encodings) {
    for (const auto clip : {performer_clip, hd_clip}) {
      const std::string name = clip == hd_clip ? "1080p" : "480p";
      add(text("encode/", encoding.codec, "/", name), {1, 2},
          [=](auto& state, int threads) { encode(state, clip(), encoding, threads); });
    }
  }
}

}  // namespace understudy::bench
