#include "understudy/model/rate_finder.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kFewestSteps = 20;

}  // namespace

RateFinder::RateFinder(std::int64_t steps) : steps_(steps), span_(static_cast<std::size_t>(steps / 20)) {
  if (steps < kFewestSteps)
    throw Error(ErrorCode::kUsage,
                text("a search for the rate needs at least ", kFewestSteps, " steps, not ", steps));
}

double RateFinder::rate() const {
  const double part = static_cast<double>(points_.size()) / static_cast<double>(steps_ - 1);
  return kLowest * std::pow(kHighest / kLowest, part);
}

void RateFinder::note(double loss) {
  if (finished_) return;
  if (!std::isfinite(loss)) {
    finished_ = true;
    return;
  }
  // A moving average that is corrected for its beginning at 0.
  const double memory = 1 - 1 / static_cast<double>(span_ + 1);
  average_ = memory * average_ + (1 - memory) * loss;
  const double smoothed = average_ / (1 - std::pow(memory, static_cast<double>(points_.size() + 1)));
  best_ = points_.empty() ? smoothed : std::min(best_, smoothed);
  points_.push_back({rate(), smoothed});
  finished_ = smoothed > kFarAbove * best_ || static_cast<std::int64_t>(points_.size()) == steps_;
}

std::optional<RateFinder::Suggestion> RateFinder::suggestion() const {
  if (points_.empty()) return std::nullopt;
  const auto best = std::ranges::min_element(points_, {}, &Point::smoothed_loss);
  if (best->smoothed_loss > points_.front().smoothed_loss * (1 - kLeastFall)) return std::nullopt;
  // Rates are evenly spaced in their logarithm: the fall over a span is the slope.
  const auto last = static_cast<std::size_t>(best - points_.begin()), span = std::min(span_, last);
  std::size_t steepest = 0;
  double most = 0;
  for (std::size_t i = 0; i + span <= last; ++i) {
    const double fall = points_[i].smoothed_loss - points_[i + span].smoothed_loss;
    if (fall <= most) continue;
    most = fall;
    steepest = i + span / 2;
  }
  return Suggestion{points_[steepest].rate, best->rate / 10};
}

}  // namespace understudy::model
