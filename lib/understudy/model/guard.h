#pragma once

#include <cstdint>
#include <string>

#include "understudy/core/json.h"

namespace understudy::model {

/// Watches a training for steps that would ruin it. Plain numbers, kept in every checkpoint, so that a
/// resumed training judges as the unbroken one.
class Guard {
 public:
  /// Why a step must not be taken: a loss or gradient that is no number, or a loss of more than kSpike times
  /// what is usual by now. Empty when it may.
  std::string trouble(double loss, double gradient_norm) const;

  /// After a step that was taken.
  void note_good(double loss);
  /// After one that was not; `iteration` is its number. `why` is kept for the evidence.
  void note_bad(std::int64_t iteration, const std::string& why);

  /// True after kMostStrikes bad steps without kCalm good ones in a row among them.
  bool gave_up() const { return strikes_ >= kMostStrikes; }
  /// The latest reasons, for the message that ends a training.
  const std::string& evidence() const { return evidence_; }

  /// What the learning rate is multiplied with: halved by each strike, for kSlow iterations after the last.
  double rate_factor(std::int64_t iteration) const;

  Json to_json() const;
  /// Throws Error kFormat, naming `where`. An empty object is a guard that has seen nothing.
  static Guard from_json(const Json& json, std::string_view where);

  static constexpr double kSpike = 4;
  static constexpr int kMostStrikes = 5;
  static constexpr std::int64_t kCalm = 200, kSlow = 400;

 private:
  double usual_loss_ = 0;    ///< moving average
  std::int64_t seen_ = 0;    ///< good steps
  std::int64_t calm_ = 0;    ///< good steps since the last bad one
  std::int64_t bad_at_ = 0;  ///< iteration of the last bad one
  int strikes_ = 0;
  std::string evidence_;
};

}  // namespace understudy::model
