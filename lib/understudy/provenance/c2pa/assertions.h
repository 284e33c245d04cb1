#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/claim.h"
#include "understudy/provenance/c2pa/status.h"

namespace understudy::provenance::c2pa {

/// An assertion of a manifest.
struct Assertion {
  std::string label;  ///< without the number of a second one: "c2pa.ingredient.v3"
  std::string url;    ///< absolute: "self#jumbf=/c2pa/URN/c2pa.assertions/c2pa.ingredient.v3__1"
  const Superbox* box = nullptr;
  bool gathered = false;     ///< not attributed to the signer
  std::optional<Cbor> cbor;  ///< its content, where it is CBOR and well-formed
};

/// "self#jumbf=/c2pa/URN/c2pa.assertions/LABEL".
std::string assertion_url(const Manifest& manifest, std::string_view label);

/// Compares what the claim lists with what is in the manifest, adding to `findings`:
/// assertion.hashedURI.match and .mismatch, assertion.missing, .outsideManifest, .undeclared, .cbor.invalid,
/// .json.invalid, .selfRedacted, algorithm.unsupported; claim.malformed where one assertion is listed twice.
/// Returns those that are listed and there, in the claim's order, changed ones too.
std::vector<Assertion> check_assertions(const ManifestStore& store, const Manifest& manifest,
                                        const Claim& claim, Findings& findings);

/// The first assertion that `reference` of the manifest names, null when it names none of `assertions`.
const Assertion* find_assertion(const std::vector<Assertion>& assertions, const ManifestStore& store,
                                const Manifest& manifest, std::string_view url);

}  // namespace understudy::provenance::c2pa
