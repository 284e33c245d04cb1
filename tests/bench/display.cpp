#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "understudy/media/display_space.h"

namespace understudy::bench {
namespace {

constexpr int kSide = 512;
const cv::Rect kRegion(0, 0, kSide, kSide);

/// A region of smooth colours, 4:2:0 with 10 bits.
media::Picture region() {
  media::PictureFormat format;
  format.width = format.height = kSide;
  format.model = media::PictureFormat::Model::kYuv;
  format.chroma_shift_x = format.chroma_shift_y = 1;
  format.bits = 10;
  format.sample = media::PictureFormat::Sample::kU16;
  format.full_range = false;
  media::Picture out(format);
  cv::Mat bgr(kRegion.size(), CV_32FC3);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      bgr.at<cv::Vec3f>(y, x) = {0.2F + 0.4F * static_cast<float>(x) / kSide, 0.5F,
                                 0.3F + 0.3F * static_cast<float>(y) / kSide};
  out.blend_bgr(kRegion, bgr, cv::Mat::ones(kRegion.size(), CV_32FC1));
  return out;
}

/// Codes are read, B, G, R as floats written.
void to_display(benchmark::State& state, const media::DisplaySpace& space) {
  const media::Picture plate = region();
  repeat(state, {"regions", 1, memory_seconds(kSide * kSide * (3.0 + 12))},
         [&] { return space.bgr(plate, kRegion); });
}

/// Colours and a matte are read, codes read and written.
void to_codes(benchmark::State& state, const media::DisplaySpace& space) {
  media::Picture plate = region();
  const cv::Mat colors = space.bgr(plate, kRegion), matte(kRegion.size(), CV_32FC1, cv::Scalar(0.5));
  repeat(state, {"regions", 1, memory_seconds(kSide * kSide * (12.0 + 4 + 3 + 3))}, [&] {
    space.blend_bgr(plate, kRegion, colors, matte);
    return 0;
  });
}

}  // namespace

void add_display() {
  for (const char* name : {"bt709", "bt2020", "pq", "hlg", "linear"}) {
    const auto space = media::DisplaySpace::of({}, {name, {}});
    add(text("to-display/", name, "/", kSide), {1}, [space](auto& state, int) { to_display(state, space); });
    add(text("to-codes/", name, "/", kSide), {1}, [space](auto& state, int) { to_codes(state, space); });
  }
}

}  // namespace understudy::bench
