#include <iostream>

#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/onnx_work.h"
#include "bench/samples.h"
#include "understudy/vision/landmarker.h"
#include "understudy/vision/model_files.h"

namespace understudy::bench {
namespace {

/// dlib68: every fit adds one leaf of each tree, 136 numbers of 4 bytes, to the shape: 15 cascades of 500
/// trees. It makes two rough fits and ten of five boxes and their mirror images.
double tree_bytes() {
  return 12.0 * 15 * 500 * 136 * 4;
}

/// facemesh passes its network three times: a rough view, a level one, its mirror image.
double mesh_flops() {
  return 3 * onnx_flops(model_dir() / "facemesh_192x192.onnx", {1, 192, 192, 3});
}

/// Our own looks as often: for the face's middle and roll, plainly, in a mirror.
double face_flops() {
  return 3 * onnx_flops(vision::find_shipped_model_file("understudy_face.onnx", {}), {1, 3, 128, 128});
}

double limit_of(const std::string& landmarker) {
  if (landmarker == "facemesh") return product_seconds(mesh_flops(), Number::kFp32, 1);
  if (landmarker == "understudy") return product_seconds(face_flops(), Number::kFp32, 1);
  return memory_seconds(tree_bytes());
}

void find_landmarks(benchmark::State& state, const std::string& name, const Clip& clip) {
  vision::LandmarkerOptions options;
  options.model_dir = model_dir();
  const auto landmarker = vision::landmarkers().at(name)(options);
  const cv::Mat picture = clip.frames.front().picture.bgr8();
  const face::Box box = face::bounding_box(clip.landmarks);
  repeat(state, {"faces", 1, limit_of(name)}, [&] { return landmarker->detect(picture, box); });
}

}  // namespace

void add_landmarkers() {
  for (const auto& landmarker : vision::landmarkers()) {
    if (landmarker.name == "facemesh" && model_dir().empty()) {
      std::cerr << "landmarks/facemesh is left out: UNDERSTUDY_MODEL_DIR names no folder\n";
      continue;
    }
    add("landmarks/" + landmarker.name, {1},
        [name = landmarker.name](auto& state, int) { find_landmarks(state, name, performer_clip()); });
  }
}

}  // namespace understudy::bench
