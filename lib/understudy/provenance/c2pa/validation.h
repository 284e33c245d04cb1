#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/provenance/c2pa/actions.h"
#include "understudy/provenance/c2pa/status.h"
#include "understudy/provenance/c2pa/trust.h"

namespace understudy::provenance::c2pa {

/// What a validator says of a file's manifests as a whole.
enum class State {
  kTrusted,  ///< nothing fails, and the signer leads to a root that was given
  kValid,    ///< nothing fails, but nobody known vouches for the signer
  kInvalid,  ///< something fails
};
/// "trusted", "valid", "invalid".
const char* state_name(State state);

/// What was found of one manifest.
struct ManifestReport {
  std::string label;      ///< "urn:c2pa:..."
  int claim_version = 0;  ///< 0: no claim could be read
  std::string title, generator, instance_id;
  std::string algorithm;  ///< of the signature: "es256"; empty when it could not be read
  std::optional<SignerFacts> signer;
  std::string stamped;  ///< when an authority that is trusted saw the signature, "2026-11-26T15:00:00Z";
                        ///< empty: none did
  std::vector<Action> actions;
  std::vector<Ingredient> ingredients;
  std::vector<std::pair<std::string, std::optional<Cbor>>> assertions;  ///< label and CBOR content
  Findings findings;
};

/// What was found of all manifests of a file. Texts come from the file: escape them.
struct Validation {
  State state = State::kInvalid;
  std::vector<ManifestReport> manifests;  ///< the active one last; empty when the store could not be read
  Findings findings;                      ///< of the store itself and its place in the file
  /// Codes that make the state: failures of the store, the active manifest, and those of ingredients'
  /// manifests that were not there when they were taken in.
  std::vector<std::string> failures() const;
  /// The report of that manifest, null when there is none.
  const ManifestReport* find(std::string_view label) const;
};

/// {"state","active_manifest","findings","manifests":[{"label","claim_version","title","generator",
/// "instance_id","signature":{...},"actions":[...],"ingredients":[...],"assertions":[labels],"findings":{
/// "success":[{"code","url","explanation"}],"informational":[...],"failure":[...]}}]}.
Json to_json(const Validation& validation);

}  // namespace understudy::provenance::c2pa
