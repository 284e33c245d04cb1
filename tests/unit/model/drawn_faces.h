#pragma once

#include <torch/types.h>

#include <filesystem>
#include <random>
#include <string>

#include "understudy/core/text.h"
#include "understudy/model/faces.h"
#include "understudy/model/presets.h"
#include "understudy/model/trainer.h"

namespace understudy::model {

/// Faces drawn as ellipses with eyes and a mouth, turned by their number; `hue` tells two people apart.
class DrawnFaces : public FaceSet {
 public:
  DrawnFaces(std::size_t count, double hue, std::int64_t px = 64, bool landmarks = true)
      : count_(count), hue_(hue), px_(px), landmarks_(landmarks) {}

  std::size_t size() const override { return count_; }

  FaceSample load(std::size_t idx) const override {
    const double yaw =
        count_ > 1 ? -20 + 40.0 * static_cast<double>(idx) / static_cast<double>(count_ - 1) : 0;
    const double turn = yaw / 200;
    const torch::Tensor line = (torch::arange(px_, torch::kFloat32) + 0.5) / static_cast<double>(px_);
    const torch::Tensor x = line.view({1, -1}), y = line.view({-1, 1});
    const auto ellipse = [&](double cx, double cy, double rx, double ry) {
      return ((((x - cx) / rx).square() + ((y - cy) / ry).square()) < 1).to(torch::kFloat32);
    };
    const torch::Tensor head = ellipse(0.5, 0.5, 0.3, 0.38);
    const torch::Tensor dark = ellipse(0.4 + turn, 0.42, 0.05, 0.03 + 0.02 * hue_) +
                               ellipse(0.6 + turn, 0.42, 0.05, 0.03) +
                               ellipse(0.5 + turn, 0.68, 0.08 + 0.05 * hue_, 0.03);
    const torch::Tensor tint = torch::tensor({0.4 + 0.3 * hue_, 0.6, 0.8 - 0.3 * hue_}, torch::kFloat32);
    const torch::Tensor face =
        (head * (1 - 0.8 * dark.clamp(0, 1)) * (0.7 + 0.3 * x)).unsqueeze(-1) * tint + 0.1;
    FaceSample out;
    out.image_hwc = (face.clamp(0, 1) * 255).round().to(torch::kUInt8);
    out.mask_hw = (head * 255).to(torch::kUInt8);
    out.yaw_deg = yaw;
    if (landmarks_) {
      const torch::Tensor angle = torch::arange(68, torch::kFloat32) * (2 * M_PI / 68);
      const double side = static_cast<double>(px_);
      out.landmarks = torch::stack(
          {(0.5 + turn + (0.2 + 0.05 * hue_) * angle.cos()) * side, (0.5 + 0.3 * angle.sin()) * side}, 1);
    }
    return out;
  }

 private:
  std::size_t count_;
  double hue_;
  std::int64_t px_;
  bool landmarks_;
};

/// The preset `sketch` with widths that a test can afford.
inline Preset tiny_preset() {
  Preset preset = presets().at("sketch");
  preset.network.input_px = 32;
  preset.network.output_px = 32;
  preset.network.encoder_channels = {8, 16, 16};
  preset.network.code_size = 32;
  preset.network.inter_channels = 16;
  preset.network.decoder_channels = {16, 8};
  preset.network.performer_channels = {16};
  preset.training.batch = 2;
  preset.training.iterations = 6;
  return preset;
}

inline TrainerOptions tiny_options() {
  TrainerOptions options;
  options.preset_name = "sketch";
  options.preset = tiny_preset();
  options.threads = 1;
  options.seed = 7;
  options.crop_family = "whole";
  options.crop_px = 64;
  return options;
}

/// A folder of its own, removed at the end.
class TempFolder {
 public:
  TempFolder()
      : path_(std::filesystem::temp_directory_path() /
              text("understudy-model-", std::random_device{}(), std::random_device{}())) {
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The code of the Error that `work` throws, and its message; 0 when it throws none.
template <class Work>
std::pair<int, std::string> error_of(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    return {static_cast<int>(e.code()), e.message() + " / " + e.hint()};
  }
  return {0, "no error"};
}

/// Two small sides of a training.
inline const DrawnFaces kLikeness(6, 1), kPerformer(5, 0);

}  // namespace understudy::model
