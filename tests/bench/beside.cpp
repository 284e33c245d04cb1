#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>
#include <opencv2/stitching/detail/blenders.hpp>

#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/samples.h"
#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/warp.h"
#include "understudy/media/sink.h"

namespace understudy::bench {
namespace {

/// A likeness, a plate and the matte between them, and the same with 8 bits.
struct Pair {
  cv::Mat face8, plate8, mask8;
  cv::Mat face, plate, matte;

  explicit Pair(int side) {
    const Aligned likeness = aligned(likeness_clip(), side);
    face8 = likeness.picture;
    plate8 = aligned(performer_clip(), side).picture;
    face = as_float(face8);
    plate = as_float(plate8);
    matte = compose::shape_mask(as_float(likeness.mask), {});
    mask8 = matte > 0;
  }
};

/// `ours` beside `other`, which takes turns with it: of_limit is how many times as quick ours is.
template <class Ours, class Other>
void compare(benchmark::State& state, const char* unit, Ours&& ours, Other&& other) {
  constexpr int kTries = 5;
  ours();
  repeat(state, {unit, 1, least_seconds(kTries, other)}, ours);
}

void poisson(benchmark::State& state, int side) {
  const Pair pair(side);
  const compose::BlendMode blend = compose::blend_modes().at("poisson");
  const cv::Rect inside = cv::boundingRect(pair.mask8);
  const cv::Point middle = (inside.tl() + inside.br()) / 2;
  compare(
      state, "faces", [&] { return blend(pair.face, pair.plate, pair.matte).color; },
      [&] {
        cv::Mat out;
        cv::seamlessClone(pair.face8, pair.plate8, pair.mask8, middle, out, cv::NORMAL_CLONE);
      });
}

void laplacian(benchmark::State& state, int side) {
  const Pair pair(side);
  const compose::BlendMode blend = compose::blend_modes().at("laplacian");
  cv::Mat face16, plate16, matte8, others8;
  pair.face8.convertTo(face16, CV_16S);
  pair.plate8.convertTo(plate16, CV_16S);
  pair.matte.convertTo(matte8, CV_8U, 255);
  others8 = 255 - matte8;
  compare(
      state, "faces", [&] { return blend(pair.face, pair.plate, pair.matte).color; },
      [&] {
        cv::detail::MultiBandBlender blender(0, 5);
        blender.prepare(cv::Rect(0, 0, side, side));
        blender.feed(face16, matte8, {});
        blender.feed(plate16, others8, {});
        cv::Mat out, mask;
        blender.blend(out, mask);
      });
}

cv::Mat lab(const cv::Mat& bgr) {
  cv::Mat out;
  cv::cvtColor(bgr, out, cv::COLOR_BGR2Lab);
  return out;
}

/// Mean and spread of each Lab channel of the whole picture, as everybody writes it.
void reinhard(benchmark::State& state, int side) {
  const Pair pair(side);
  const compose::ColorMatch match = compose::color_matches().at("reinhard");
  cv::Mat face, plate, mask;  // merge measures on samples of this size
  cv::resize(pair.face, face, {128, 128}, 0, 0, cv::INTER_AREA);
  cv::resize(pair.plate, plate, {128, 128}, 0, 0, cv::INTER_AREA);
  cv::resize(pair.matte, mask, {128, 128}, 0, 0, cv::INTER_AREA);
  compare(
      state, "faces",
      [&] {
        return compose::apply_color(match, pair.face, compose::measure_color(match, {face, plate, mask}, {}));
      },
      [&] {
        cv::Mat out = lab(pair.face);
        cv::Scalar mean, spread, wanted_mean, wanted_spread;
        cv::meanStdDev(out, mean, spread, pair.mask8);
        cv::meanStdDev(lab(pair.plate), wanted_mean, wanted_spread, pair.mask8);
        const cv::Scalar gain(wanted_spread[0] / spread[0], wanted_spread[1] / spread[1],
                              wanted_spread[2] / spread[2]);
        cv::subtract(out, mean, out);
        cv::multiply(out, gain, out);
        cv::add(out, wanted_mean, out);
        cv::cvtColor(out, out, cv::COLOR_Lab2BGR);
      });
}

/// A crop twice as large, turned a little.
void warp(benchmark::State& state, int side, compose::Resampling resampling) {
  const Pair pair(side / 2);
  const bool sharp = resampling == compose::Resampling::kSharp;
  const cv::Mat& source = sharp ? pair.face : pair.matte;
  const face::Affine turned(1.98, -0.17, 20.3, 0.17, 1.98, -18.6);
  compare(
      state, "faces",
      [&] {
        return compose::warp(source, turned, {side, side}, resampling);
      },
      [&] {
        cv::Mat out;
        cv::warpAffine(source, out, turned, {side, side}, sharp ? cv::INTER_CUBIC : cv::INTER_LINEAR,
                       sharp ? cv::BORDER_REPLICATE : cv::BORDER_CONSTANT);
      });
}

/// A frame with grain, 16 bits.
void png(benchmark::State& state, const std::vector<int>& others_settings) {
  const media::Picture& frame = hd_clip().frames.front().picture;
  cv::Mat pixels;
  frame.bgr({0, 0, frame.format().width, frame.format().height}).convertTo(pixels, CV_16U, 65535);
  media::SourceInfo like = hd_clip().info;
  like.format.model = media::PictureFormat::Model::kRgb;
  like.format.chroma_shift_x = like.format.chroma_shift_y = 0;
  like.format.bits = 16;
  like.format.sample = media::PictureFormat::Sample::kU16;
  like.format.full_range = true;
  media::Picture picture(like.format);
  for (int c = 0; c < 3; ++c) cv::extractChannel(pixels, picture.plane(c), 2 - c);
  media::SinkOptions options;
  options.codec = "png";
  options.threads = 1;
  const auto folder = scratch() / "png", other_file = scratch() / "other.png";
  compare(
      state, "frames",
      [&] {
        const auto sink = media::open_sink(folder, like, options);
        sink->write({0, {}, 0, picture});
        sink->finish();
        return 0;
      },
      [&] { cv::imwrite(other_file.string(), pixels, others_settings); });
}

}  // namespace

void add_beside() {
  for (const int side : {512, 1024})
    add(text("beside/poisson/seamlessClone/", side), {1}, [side](auto& state, int) { poisson(state, side); });
  add("beside/laplacian/MultiBandBlender/512", {1}, [](auto& state, int) { laplacian(state, 512); });
  add("beside/reinhard/Lab/512", {1}, [](auto& state, int) { reinhard(state, 512); });
  add("beside/warp-picture/warpAffine/512", {1},
      [](auto& state, int) { warp(state, 512, compose::Resampling::kSharp); });
  add("beside/warp-matte/warpAffine/512", {1},
      [](auto& state, int) { warp(state, 512, compose::Resampling::kSmooth); });
  add("beside/png-16/imwrite/1080p", {1}, [](auto& state, int) { png(state, {}); });
  add("beside/png-16/imwrite-6/1080p", {1}, [](auto& state, int) {
    png(state, {cv::IMWRITE_PNG_COMPRESSION, 6});
  });
}

}  // namespace understudy::bench
