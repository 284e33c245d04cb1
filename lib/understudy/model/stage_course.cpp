#include "understudy/model/stage_course.h"

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {

double StageCourse::part(std::int64_t iteration, double seconds) const {
  const TrainingStage& s = stage();
  double part = 0;
  const bool planned = s.iterations || (!s.minutes && s.until == Until{});
  if (planned)
    part = static_cast<double>(iteration - begun_iteration_) /
           static_cast<double>(s.iterations.value_or(s.training.iterations));
  if (s.minutes) part = std::max(part, (seconds - begun_seconds_) / (*s.minutes * 60));
  return std::clamp(part, 0.0, 1.0);
}

double StageCourse::whole(std::int64_t iteration, double seconds) const {
  return (static_cast<double>(idx_) + part(iteration, seconds)) / static_cast<double>(plan_.size());
}

void StageCourse::note(double loss) {
  trend_.note(loss);
  if (stage().training.schedule != "plateau" || stage().until.plateau || !trend_.plateaued()) return;
  ++halvings_;
  trend_.restart();
}

bool StageCourse::stage_over(std::int64_t iteration, double seconds) const {
  const Until& until = stage().until;
  return part(iteration, seconds) >= 1 || (until.plateau && trend_.plateaued()) ||
         (until.loss && trend_.mean().value_or(*until.loss) < *until.loss);
}

bool StageCourse::advance(std::int64_t iteration, double seconds) {
  if (idx_ + 1 == plan_.size() || !stage_over(iteration, seconds)) return false;
  ++idx_;
  begun_iteration_ = iteration;
  begun_seconds_ = seconds;
  halvings_ = 0;
  trend_.restart();
  return true;
}

Json StageCourse::to_json() const {
  return {{"stage", idx_},
          {"kind", stage().kind},
          {"begun_iteration", begun_iteration_},
          {"begun_seconds", begun_seconds_},
          {"halvings", halvings_},
          {"trend", trend_.to_json()}};
}

void StageCourse::take_up(const Json& json, std::string_view where) {
  const auto idx = json_field<std::size_t>(json, "stage", where);
  const auto kind = json_field<std::string>(json, "kind", where);
  if (idx >= plan_.size() || plan_[idx].kind != kind)
    throw Error(ErrorCode::kFormat,
                text(where, ": the training stands in stage ", idx + 1, ", '", kind, "', this plan ",
                     idx >= plan_.size() ? text("has ", plan_.size(), " stages")
                                         : text("has '", plan_[idx].kind, "' there")),
                "give the plan that the training was begun with, or begin a new model from this one");
  idx_ = idx;
  begun_iteration_ = json_field<std::int64_t>(json, "begun_iteration", where);
  begun_seconds_ = json_field<double>(json, "begun_seconds", where);
  halvings_ = json_field<int>(json, "halvings", where);
  trend_ = LossTrend::from_json(json_field<Json>(json, "trend", where), where);
  if (begun_iteration_ < 0 || !(begun_seconds_ >= 0) || halvings_ < 0)
    throw Error(ErrorCode::kFormat, text(where, ": the plan's numbers are below 0"));
}

}  // namespace understudy::model
