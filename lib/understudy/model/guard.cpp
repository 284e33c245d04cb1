#include "understudy/model/guard.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr double kMemory = 0.02;           // share of a new loss in what is usual
constexpr std::int64_t kFirstLosses = 50;  // until these are seen nothing is unusual
constexpr std::size_t kMostEvidence = 1000;

}  // namespace

std::string Guard::trouble(double loss, double gradient_norm) const {
  if (!std::isfinite(loss)) return text("the loss is ", loss);
  if (!std::isfinite(gradient_norm)) return text("the gradient's norm is ", gradient_norm);
  if (seen_ >= kFirstLosses && loss > kSpike * usual_loss_)
    return text("the loss is ", fixed(loss, 3), ", ", fixed(usual_loss_, 3), " is usual");
  return {};
}

void Guard::note_good(double loss) {
  usual_loss_ = seen_ == 0 ? loss : usual_loss_ + (loss - usual_loss_) * kMemory;
  ++seen_;
  if (++calm_ < kCalm) return;
  strikes_ = 0;
  evidence_.clear();
}

void Guard::note_bad(std::int64_t iteration, const std::string& why) {
  ++strikes_;
  calm_ = 0;
  bad_at_ = iteration;
  if (!evidence_.empty()) evidence_ += "; ";
  evidence_ = text(evidence_, "iteration ", iteration, ": ", why).substr(0, kMostEvidence);
}

double Guard::rate_factor(std::int64_t iteration) const {
  return bad_at_ > 0 && iteration < bad_at_ + kSlow ? std::pow(0.5, std::max(1, strikes_)) : 1;
}

Json Guard::to_json() const {
  return {{"usual_loss", usual_loss_}, {"seen", seen_},       {"calm", calm_},
          {"bad_at", bad_at_},         {"strikes", strikes_}, {"evidence", evidence_}};
}

Guard Guard::from_json(const Json& json, std::string_view where) {
  Guard guard;
  if (json.is_object() && json.empty()) return guard;
  guard.usual_loss_ = json_field<double>(json, "usual_loss", where);
  guard.seen_ = json_field<std::int64_t>(json, "seen", where);
  guard.calm_ = json_field<std::int64_t>(json, "calm", where);
  guard.bad_at_ = json_field<std::int64_t>(json, "bad_at", where);
  guard.strikes_ = json_field<int>(json, "strikes", where);
  guard.evidence_ = json_field<std::string>(json, "evidence", where);
  if (!(guard.usual_loss_ >= 0) || guard.seen_ < 0 || guard.calm_ < 0 || guard.bad_at_ < 0 ||
      guard.strikes_ < 0)
    throw Error(ErrorCode::kFormat, text(where, ": the guard's numbers are below 0"));
  return guard;
}

}  // namespace understudy::model
