#include <iostream>

#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/onnx_work.h"
#include "bench/samples.h"
#include "understudy/core/error.h"
#include "understudy/vision/detector.h"
#include "understudy/vision/model_files.h"
#include "understudy/vision/tracker.h"

namespace understudy::bench {
namespace {

/// Networks: products. YuNet's smaller one sees 480 pixels, its larger one 1080p; ours sees the picture at
/// 0.3 of its size, in multiples of 32. The templates of dlib: the picture is read.
double limit_of(const std::string& detector, const Clip& clip, const cv::Mat& picture) {
  if (detector == "dlib") return memory_seconds(static_cast<double>(picture.total() * picture.elemSize()));
  if (detector == "understudy") {
    const auto seen = [](int length) { return (length * 3 / 10 + 31) / 32 * 32; };
    const auto path = vision::find_shipped_model_file("understudy_detector.onnx", {});
    return product_seconds(onnx_flops(path, {1, 3, seen(picture.rows), seen(picture.cols)}), Number::kFp32,
                           1);
  }
  const int side = clip.name == "480p" ? 320 : 640;
  const auto path = model_dir() / text("yunet_n_", side, "_", side, ".onnx");
  return product_seconds(onnx_flops(path, {1, 3, side, side}), Number::kFp32, 1);
}

void detect(benchmark::State& state, const std::string& name, const Clip& clip) {
  vision::DetectorOptions options;
  options.model_dir = model_dir();
  const auto detector = vision::detectors().at(name)(options);
  const cv::Mat picture = clip.frames.front().picture.bgr8();
  const double score = vision::weak_score(*detector);
  if (detector->detect(picture, score).empty()) throw Error(ErrorCode::kBug, "the face was not found");
  repeat(state, {"frames", 1, limit_of(name, clip, picture)},
         [&] { return detector->detect(picture, score); });
}

}  // namespace

void add_detectors() {
  for (const auto& detector : vision::detectors()) {
    if (detector.name == "yunet" && model_dir().empty()) {
      std::cerr << "detect/yunet is left out: UNDERSTUDY_MODEL_DIR names no folder\n";
      continue;
    }
    for (const auto clip : {performer_clip, hd_clip}) {
      const std::string size = clip == hd_clip ? "1080p" : "480p";
      add(text("detect/", detector.name, "/", size), {1},
          [name = detector.name, clip](auto& state, int) { detect(state, name, clip()); });
    }
  }
}

}  // namespace understudy::bench
