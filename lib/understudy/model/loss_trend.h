#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "understudy/core/json.h"

namespace understudy::model {

/// Tells whether the loss still falls. Losses are averaged over windows of kWindow steps that follow each
/// other; a window is an improvement when its mean is at least kLeastFall below the best one's. The loss lies
/// on a plateau when the latest kPatience windows were none: a fall of less than a percent in a thousand
/// steps. Plain numbers, kept in every checkpoint, so that a resumed training judges as the unbroken one.
class LossTrend {
 public:
  /// After each step that was taken; `loss` is finite and not below 0.
  void note(double loss);
  bool plateaued() const { return stale_ >= kPatience; }
  /// Begins anew, after the rate was halved or the losses changed.
  void restart() { *this = {}; }
  /// Of the latest full window; nothing before the first.
  std::optional<double> mean() const;

  Json to_json() const;
  /// Throws Error kFormat, naming `where`. An empty object is a trend that has seen nothing.
  static LossTrend from_json(const Json& json, std::string_view where);

  static constexpr std::int64_t kWindow = 250, kPatience = 4;
  static constexpr double kLeastFall = 0.01;

 private:
  double sum_ = 0;            ///< of the window that is being filled
  std::int64_t count_ = 0;    ///< of its steps
  std::int64_t windows_ = 0;  ///< full ones
  double latest_ = 0, best_ = 0;
  std::int64_t stale_ = 0;  ///< windows since the best
};

}  // namespace understudy::model
