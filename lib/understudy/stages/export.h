#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/stages/common.h"

namespace understudy::stages {

struct ExportOptions {
  ConsentOptions consents;
  std::filesystem::path model;
  std::filesystem::path output;
  std::string likeness;            ///< which of the model's likenesses; empty: its first
  std::optional<double> morph;     ///< 0..1, for a model that can be morphed
  std::vector<std::string> parts;  ///< of a base: beginnings of the weights' names; empty: all
};

/// Writes the averaged weights of a model: as a base that other trainings may start from, when the output is
/// a .safetensors file; else as ONNX, for one likeness, with the consents and digests of its making;
/// docs/tools/export.md describes the file. It is written only when cv::dnn gives what libtorch gives.
Outcome export_model(const ExportOptions& options, Run& run);

}  // namespace understudy::stages
