#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// What brings a gradient of that norm down to the limit; 1 when it is below or the limit is 0.
double clip_scale(double norm, double limit);

/// Clips gradients by `clip_norm` and by `clip_percentile` of the latest norms (AutoClip, Seetharaman et al.
/// 2020). Plain numbers, kept in every checkpoint, so that a resumed training clips as the unbroken one.
class GradientClip {
 public:
  /// The norm that a gradient may have: the lower of the two; 0 when neither is set. The percentile counts
  /// once kFirstNorms norms are known.
  double limit(const TrainingConfig& config) const;
  /// What to multiply a gradient of that norm with, 0..1: 1 when it is below the limit.
  double scale(double norm, const TrainingConfig& config) const { return clip_scale(norm, limit(config)); }
  /// After a step that was taken: the norm before clipping. Nothing is kept without `clip_percentile`.
  void note(double norm, const TrainingConfig& config);

  Json to_json() const;
  /// Throws Error kFormat, naming `where`. An empty object is one that has seen nothing.
  static GradientClip from_json(const Json& json, std::string_view where);

  static constexpr std::size_t kFirstNorms = 50, kMostNorms = 1000;

 private:
  double percentile(double percent) const;

  std::vector<double> norms_;  ///< a ring once it is full
  std::size_t oldest_ = 0;
};

}  // namespace understudy::model
