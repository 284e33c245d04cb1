#include "understudy/model/loss_trend.h"

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {

void LossTrend::note(double loss) {
  sum_ += loss;
  if (++count_ < kWindow) return;
  latest_ = sum_ / static_cast<double>(count_);
  const bool improved = windows_ == 0 || latest_ <= best_ * (1 - kLeastFall);
  if (improved) best_ = latest_;
  stale_ = improved ? 0 : stale_ + 1;
  ++windows_;
  sum_ = 0;
  count_ = 0;
}

std::optional<double> LossTrend::mean() const {
  return windows_ > 0 ? std::optional(latest_) : std::nullopt;
}

Json LossTrend::to_json() const {
  return {{"sum", sum_},       {"count", count_}, {"windows", windows_},
          {"latest", latest_}, {"best", best_},   {"stale", stale_}};
}

LossTrend LossTrend::from_json(const Json& json, std::string_view where) {
  LossTrend trend;
  if (json.is_object() && json.empty()) return trend;
  trend.sum_ = json_field<double>(json, "sum", where);
  trend.count_ = json_field<std::int64_t>(json, "count", where);
  trend.windows_ = json_field<std::int64_t>(json, "windows", where);
  trend.latest_ = json_field<double>(json, "latest", where);
  trend.best_ = json_field<double>(json, "best", where);
  trend.stale_ = json_field<std::int64_t>(json, "stale", where);
  if (!(trend.sum_ >= 0) || trend.count_ < 0 || trend.count_ >= kWindow || trend.windows_ < 0 ||
      !(trend.latest_ >= 0) || !(trend.best_ >= 0) || trend.stale_ < 0)
    throw Error(ErrorCode::kFormat, text(where, ": the loss trend's numbers are out of range"));
  return trend;
}

}  // namespace understudy::model
