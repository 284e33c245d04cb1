#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace understudy::model {

/// The learning rate range test (Smith 2017): the rate rises geometrically from step to step until the
/// smoothed loss is far above its best. No trainer inside: ask rate(), take a step with it, note() its loss.
class RateFinder {
 public:
  /// `steps`: at least 20.
  explicit RateFinder(std::int64_t steps);

  /// For the next step.
  double rate() const;
  /// The loss of a step made with rate(); may be no number, which ends the test.
  void note(double loss);
  /// All steps are done, or the loss has left for good.
  bool finished() const { return finished_; }

  struct Point {
    double rate, smoothed_loss;
  };
  const std::vector<Point>& points() const { return points_; }

  struct Suggestion {
    double steepest;       ///< the rate at which the loss falls fastest: a good choice
    double tenth_of_best;  ///< a tenth of the rate of the lowest loss: a careful one
  };
  /// Nothing while the loss has not fallen by at least kLeastFall.
  std::optional<Suggestion> suggestion() const;

  static constexpr double kLowest = 1e-7, kHighest = 1;
  static constexpr double kFarAbove = 4;  ///< times the best loss
  static constexpr double kLeastFall = 0.02;

 private:
  std::int64_t steps_;
  std::size_t span_;  ///< steps over which losses are smoothed and slopes are taken
  double average_ = 0, best_ = 0;
  bool finished_ = false;
  std::vector<Point> points_;
};

}  // namespace understudy::model
