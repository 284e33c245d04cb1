#include "pack.h"

#include <numbers>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/safetensors.h"

namespace understudy::faces {
namespace {

constexpr std::int64_t kChunk = 256;  // sprites that are converted at a time

const torch::Tensor& part(const model::TensorFile& file, const char* name,
                          const std::filesystem::path& path) {
  if (const torch::Tensor* found = file.find(name)) return *found;
  throw Error(ErrorCode::kFormat, text(path.string(), " holds no '", name, "'"),
              "write it with scripts/faces/pack.py");
}

/// A map says class * 64 + opacity / 4; the lowest opacity is none.
torch::Tensor opacity_of(const torch::Tensor& maps) {
  const torch::Tensor quarters = maps.remainder(64);
  return at::where(quarters > 0, quarters * 4 + 3, at::zeros_like(quarters));
}

void append_chunk(const torch::Tensor& images, const torch::Tensor& maps,
                  std::vector<std::vector<torch::Tensor>>& levels) {
  torch::Tensor level =
      at::cat({images.permute({0, 3, 1, 2}), opacity_of(maps).unsqueeze(1)}, 1).to(at::kFloat);
  for (auto& chunks : levels) {
    chunks.push_back(level.round().to(at::kByte));
    level = at::avg_pool2d(level, {2, 2});
  }
}

/// The vectors that estimate_pose() in face/pose.h takes its angles from.
torch::Tensor head_of(const torch::Tensor& pose_deg) {
  const torch::Tensor radians = pose_deg * (std::numbers::pi / 180);
  const torch::Tensor yaw = radians.select(1, 0), pitch = radians.select(1, 1), roll = radians.select(1, 2);
  const torch::Tensor nose = at::stack({yaw.sin() * pitch.cos(), -pitch.sin(), -yaw.cos() * pitch.cos()}, 1);
  const torch::Tensor right = at::stack({yaw.cos(), at::zeros_like(yaw), yaw.sin()}, 1);
  const torch::Tensor up = at::cross(nose, right, 1);
  return at::cat({nose, right * roll.cos().unsqueeze(1) + up * roll.sin().unsqueeze(1)}, 1);
}

// As vision/landmarker/agreement.cpp has it.
const std::vector<std::int64_t> kOtherSide = {
    16, 15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4,  3,  2,  1,  0,  26, 25, 24, 23, 22, 21,
    20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36,
    41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65};

}  // namespace

Pack read_pack(const std::filesystem::path& path, torch::Device device) {
  const model::TensorFile file = model::read_safetensors(path);
  const torch::Tensor images = part(file, "images", path), maps = part(file, "maps", path);
  std::vector<std::vector<torch::Tensor>> levels(kLevels);
  std::vector<torch::Tensor> classes;
  for (std::int64_t first = 0; first < images.size(0); first += kChunk) {
    const std::int64_t last = std::min(first + kChunk, images.size(0));
    const torch::Tensor chunk = maps.slice(0, first, last).to(device);
    append_chunk(images.slice(0, first, last).to(device), chunk, levels);
    classes.push_back(at::div(chunk, 64, "floor").to(at::kByte).unsqueeze(1));
  }
  Pack out;
  for (const auto& chunks : levels) out.levels.push_back(at::cat(chunks));
  out.classes = at::cat(classes);
  out.landmarks = part(file, "landmarks", path).to(device);
  out.visible = part(file, "visible", path).to(device).to(at::kFloat);
  out.head = head_of(part(file, "pose", path).to(device));
  out.person = part(file, "person", path).to(device);
  out.mirrored = at::tensor(kOtherSide).to(device);
  out.backgrounds = part(file, "backgrounds", path).to(device).permute({0, 3, 1, 2}).contiguous();
  return out;
}

}  // namespace understudy::faces
