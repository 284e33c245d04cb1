#pragma once

#include <torch/types.h>

#include "understudy/model/faces.h"

namespace understudy::bench {

constexpr int kCropSide = 256;

/// Aligned faces of a bundled clip in memory, cut by the renderer's landmarks.
class ClipFaces : public model::FaceSet {
 public:
  /// `person`: "ada" or "bruno".
  explicit ClipFaces(const std::string& person);
  std::size_t size() const override { return samples_.size(); }
  model::FaceSample load(std::size_t idx) const override { return samples_.at(idx); }

 private:
  std::vector<model::FaceSample> samples_;
};

/// The type that the CPU's default precision works in is bfloat16.
bool works_in_bf16();

}  // namespace understudy::bench
