#pragma once

#include <string>
#include <vector>

#include "understudy/provenance/c2pa/assertions.h"
#include "understudy/provenance/c2pa/ingredients.h"

namespace understudy::provenance::c2pa {

/// What was done to a file, in its order.
struct Action {
  std::string action;       ///< "c2pa.edited"
  std::string source_type;  ///< IPTC's digital source type; empty: none
  std::string when;         ///< as the file says it; empty: not said
  std::string description;
  std::string software;  ///< "name version"
  bool operator==(const Action&) const = default;
};

/// Reads the actions, adding to `findings` what breaks the standard's rules (C2PA 2.2, 18.15): in a claim of
/// version 2 the first is created, with a source type, or opened, with exactly one parent; none later is
/// either; what is placed or removed names ingredients; what is watermarked has a soft binding.
/// assertion.action.malformed, .ingredientMismatch, .softBindingMissing.
std::vector<Action> check_actions(const std::vector<Assertion>& assertions,
                                  const std::vector<Ingredient>& ingredients, const ManifestStore& store,
                                  const Manifest& manifest, Findings& findings);

}  // namespace understudy::provenance::c2pa
