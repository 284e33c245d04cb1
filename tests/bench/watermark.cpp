#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/samples.h"
#include "understudy/provenance/watermark/mark.h"
#include "understudy/provenance/watermark/read.h"

namespace understudy::bench {
namespace {

constexpr std::uint64_t kId = 0x123456789abU;

/// The luma of the first frame of the clip at 1080p.
provenance::MarkedPlanes luma() {
  return {{hd_clip().frames.front().picture.plane(0).clone()}, {16, 235, 16, 235}, {1, 0, 0}};
}

cv::Size size_of(const provenance::MarkedPlanes& picture) {
  return picture.planes.front().size();
}

/// Luma is read, then read and written in place.
Job frame_of(const provenance::MarkedPlanes& picture) {
  const double bytes = static_cast<double>(picture.planes.front().total());
  return {"frames", 1, in_place_seconds(2 * bytes) + memory_seconds(bytes)};
}

void mark(benchmark::State& state) {
  provenance::MarkedPlanes picture = luma();
  const provenance::Watermark watermark(kId, size_of(picture), provenance::kVideoStrength);
  repeat(state, frame_of(picture), [&] { return watermark.mark(picture); });
}

void look(benchmark::State& state) {
  const provenance::MarkedPlanes picture = luma();
  provenance::WatermarkReader reader(size_of(picture));
  repeat(state, frame_of(picture), [&] {
    reader.add(picture);
    return reader.frames();
  });
}

/// What OpenCV needs to bring luma onto the same grid and to add something from there.
void resize_and_add(benchmark::State& state) {
  const provenance::MarkedPlanes picture = luma();
  const cv::Mat& plane = picture.planes.front();
  const cv::Size grid(provenance::kGridWidth, provenance::kGridHeight);
  const cv::Mat change(grid, CV_16SC1, cv::Scalar(1));
  cv::Mat small, large, out;
  repeat(state, frame_of(picture), [&] {
    cv::resize(plane, small, grid, 0, 0, cv::INTER_AREA);
    cv::resize(change, large, plane.size(), 0, 0, cv::INTER_LINEAR);
    cv::add(plane, large, out, cv::noArray(), CV_8U);
    return out.data;
  });
}

}  // namespace

void add_watermark() {
  add("watermark/mark/1080p", {1}, [](auto& state, int) { mark(state); });
  add("watermark/look/1080p", {1}, [](auto& state, int) { look(state); });
  add("watermark/opencv-resize-and-add/1080p", {1}, [](auto& state, int) { resize_and_add(state); });
}

}  // namespace understudy::bench
