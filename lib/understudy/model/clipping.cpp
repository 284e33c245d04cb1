#include "understudy/model/clipping.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {

double clip_scale(double norm, double limit) {
  return limit > 0 && norm > limit ? limit / norm : 1;
}

double GradientClip::limit(const TrainingConfig& config) const {
  if (config.clip_percentile <= 0 || norms_.size() < kFirstNorms) return config.clip_norm;
  const double usual = percentile(config.clip_percentile);
  return config.clip_norm > 0 && usual > 0 ? std::min(config.clip_norm, usual)
                                           : std::max(config.clip_norm, usual);
}

void GradientClip::note(double norm, const TrainingConfig& config) {
  if (config.clip_percentile <= 0) return;
  if (norms_.size() < kMostNorms) {
    norms_.push_back(norm);
    return;
  }
  norms_[oldest_] = norm;
  oldest_ = (oldest_ + 1) % kMostNorms;
}

/// The least of the norms that at least `percent` of them do not exceed.
double GradientClip::percentile(double percent) const {
  std::vector<double> sorted = norms_;
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
  const auto index =
      static_cast<std::ptrdiff_t>(std::clamp(rank - 1, 0.0, static_cast<double>(sorted.size() - 1)));
  std::nth_element(sorted.begin(), sorted.begin() + index, sorted.end());
  return sorted[static_cast<std::size_t>(index)];
}

Json GradientClip::to_json() const {
  std::vector<double> norms = norms_;
  std::rotate(norms.begin(), norms.begin() + static_cast<std::ptrdiff_t>(oldest_), norms.end());
  return {{"norms", norms}};
}

GradientClip GradientClip::from_json(const Json& json, std::string_view where) {
  GradientClip clip;
  if (json.is_object() && json.empty()) return clip;
  clip.norms_ = json_field<std::vector<double>>(json, "norms", where);
  for (const double norm : clip.norms_)
    if (!(norm >= 0 && std::isfinite(norm)))
      throw Error(ErrorCode::kFormat,
                  text(where, ": a gradient's norm is ", norm, ", a number from 0 was expected"));
  if (clip.norms_.size() > kMostNorms)
    throw Error(ErrorCode::kFormat, text(where, ": there are ", clip.norms_.size(),
                                         " norms of gradients, at most ", kMostNorms, " were expected"));
  return clip;
}

}  // namespace understudy::model
