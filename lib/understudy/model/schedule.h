#pragma once

#include <cstdint>

#include "understudy/core/table.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// The part of the full rate that is used, `final_rate`..1. `progress` is 0..1 of the training (or of a stage
/// of it), `halvings` how often loss_trend.h called for one.
using Schedule = double (*)(double final_rate, double progress, int halvings);

/// How the learning rate goes after the warm-up. To add one: a function and a row in schedule.cpp.
const Table<Schedule>& schedules();

/// The preset's rate, over a linear warm-up and by its schedule.
double learning_rate(const TrainingConfig& config, std::int64_t iteration, double progress, int halvings = 0);
/// Strength of the warp and of what moves the input alone, 1 down to 0 over the first half of the tail.
double disturbance(const TrainingConfig& config, double progress);
/// Decay of the average: small in the first steps, so that it forgets the start.
double average_decay(const TrainingConfig& config, std::int64_t iteration);

}  // namespace understudy::model
