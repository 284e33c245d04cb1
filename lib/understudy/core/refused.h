#pragma once

#include <string>
#include <utility>
#include <vector>

#include "understudy/core/error.h"

namespace understudy {

/// What programs read of a refusal: the report's "refused".
struct Refused {
  std::string reason;              ///< a word of docs/formats/consent.md: "consent_expired"
  std::string record;              ///< the consent record's id; empty: there is none
  std::string what;                ///< which part does not hold: "territory"; empty: the record as a whole
  std::vector<std::string> items;  ///< what was found of it: the territories that are not granted
};

/// An Error kRefused that says more to programs.
class RefusedError : public Error {
 public:
  RefusedError(std::string message, std::string hint, Refused facts)
      : Error(ErrorCode::kRefused, std::move(message), std::move(hint)), facts_(std::move(facts)) {}
  const Refused& facts() const { return facts_; }

 private:
  Refused facts_;
};

/// What it says to programs; null when it is no refusal of that kind.
inline const Refused* refused_of(const Error& error) {
  const auto* refused = dynamic_cast<const RefusedError*>(&error);
  return refused ? &refused->facts() : nullptr;
}

}  // namespace understudy
