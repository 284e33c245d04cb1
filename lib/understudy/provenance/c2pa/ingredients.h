#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "understudy/provenance/c2pa/assertions.h"

namespace understudy::provenance::c2pa {

/// Something a file was made from or with.
struct Ingredient {
  std::string url;           ///< of its assertion
  std::string relationship;  ///< "parentOf", "componentOf", "inputTo"
  std::string title, format, instance_id;
  std::optional<HashedUri> manifest;         ///< its own manifest in the same store
  std::optional<HashedUri> claim_signature;  ///< that manifest's signature
  std::set<std::string> known_failures;      ///< codes that it already had when it was taken in
};

/// Reads the ingredient assertions (versions 1 to 3), adding to `findings`: assertion.ingredient.malformed,
/// manifest.multipleParents, ingredient.unknownProvenance.
std::vector<Ingredient> check_ingredients(const std::vector<Assertion>& assertions, const Manifest& manifest,
                                          Findings& findings);

/// Looks for the manifest that the ingredient names: ingredient.manifest.validated, .missing, .mismatch.
/// Null unless it is there.
const Manifest* check_ingredient_manifest(const Ingredient& ingredient, const ManifestStore& store,
                                          const Manifest& manifest, const Claim& claim, Findings& findings);

}  // namespace understudy::provenance::c2pa
