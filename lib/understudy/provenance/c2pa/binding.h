#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/assertions.h"
#include "understudy/provenance/c2pa/asset.h"

namespace understudy::provenance::c2pa {

/// The file that a manifest speaks of.
struct BoundFile {
  std::string_view bytes;      ///< all of it
  std::optional<Range> place;  ///< where the manifest's store lies in it; nothing for a sidecar's
};

/// The manifest's hard bindings: every assertion that binds it to bytes.
std::vector<const Assertion*> hard_bindings(const std::vector<Assertion>& assertions);

/// Compares the file with `binding`, adding to `findings`: assertion.dataHash.match, .mismatch, .malformed,
/// the same of assertion.bmffHash, assertion.bmffHash.additionalExclusionsPresent. Stricter than the
/// standard: c2pa.hash.data may leave out the store's own place and nothing else. Kinds of binding, hashes
/// and Merkle trees that are not read here: algorithm.unsupported. Boxes below an MP4's root are never left
/// out, whatever the exclusions say. `alg` is the claim's.
void check_binding(const Assertion& binding, const BoundFile& file, std::string_view alg, Findings& findings);

}  // namespace understudy::provenance::c2pa
