#include "understudy/model/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace understudy::model {
namespace {

double cosine(double final_rate, double progress, int /*halvings*/) {
  const double part = 0.5 * (1 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
  return final_rate + (1 - final_rate) * part;
}

double constant(double /*final_rate*/, double /*progress*/, int /*halvings*/) {
  return 1;
}

double plateau(double final_rate, double /*progress*/, int halvings) {
  return std::max(final_rate, std::ldexp(1.0, -halvings));
}

}  // namespace

const Table<Schedule>& schedules() {
  static const Table<Schedule> table("schedule",
                                     {{"cosine", "falls along a half cosine to its final part", cosine},
                                      {"constant", "stays", constant},
                                      {"plateau", "is halved when the loss no longer falls", plateau}});
  return table;
}

double learning_rate(const TrainingConfig& config, std::int64_t iteration, double progress, int halvings) {
  const double warm =
      config.warmup > 0
          ? std::min(1.0, static_cast<double>(iteration + 1) / static_cast<double>(config.warmup))
          : 1.0;
  return config.learning_rate * warm * schedules().at(config.schedule)(config.final_rate, progress, halvings);
}

double disturbance(const TrainingConfig& config, double progress) {
  const double start = 1 - config.no_warp_tail;
  if (config.no_warp_tail <= 0 || progress <= start) return 1;
  return std::max(0.0, 1 - (progress - start) / (0.5 * config.no_warp_tail));
}

double average_decay(const TrainingConfig& config, std::int64_t iteration) {
  const double done = static_cast<double>(iteration);
  return std::min(config.ema, (done + 1) / (done + 20));
}

}  // namespace understudy::model
