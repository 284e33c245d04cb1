#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/cbor.h"
#include "understudy/provenance/c2pa/jumbf.h"

namespace understudy::provenance::c2pa {

/// item[key] where that is text; empty when there is none. Throws Error kFormat for another type.
std::string optional_text(const Cbor& item, std::string_view key, std::string_view where);

/// A reference with the digest of what it names. The hash is of the box without its header of 8 bytes.
struct HashedUri {
  std::string url;  ///< "self#jumbf=c2pa.assertions/c2pa.actions.v2"
  std::string alg;  ///< empty: the claim's
  std::string hash;
};

/// {url, hash, alg?}. Throws Error kFormat, naming `where`.
HashedUri hashed_uri(const Cbor& item, std::string_view where);

/// What a signer claims: a list of assertions by their digests. Of version 1 or 2.
struct Claim {
  int version = 2;
  std::string instance_id;
  std::string title;                ///< empty: none
  std::string generator;            ///< "name version" of the program that made it
  std::string signature;            ///< URL of the signature's box
  std::string alg;                  ///< "sha256"; of hashed URIs that name none
  std::vector<HashedUri> created;   ///< version 1: all
  std::vector<HashedUri> gathered;  ///< not attributed to the signer
  std::vector<std::string> redacted;
};

/// Reads the claim of a box with the label "c2pa.claim" or "c2pa.claim.v2". Throws Error kFormat for a
/// missing or wrong field and, in version 2, for one that is not known.
Claim parse_claim(std::string_view cbor, int version);

/// Whether the hash is that of `box`; nothing when its algorithm (`alg` unless it names one) is none of
/// sha256, sha384 and sha512.
std::optional<bool> holds(const HashedUri& uri, const Superbox& box, std::string_view alg);

/// "c2pa.ingredient.v3__2" -> "c2pa.ingredient.v3".
std::string_view without_instance(std::string_view label);

/// One manifest of a store. Views into the store's bytes.
struct Manifest {
  std::string label;  ///< "urn:c2pa:..."
  const Superbox* box = nullptr;
  const Superbox* claim = nullptr;  ///< null: there is none
  int claims = 0;                   ///< how many there are: exactly one is right
  int claim_version = 2;
  const Superbox* signature = nullptr;  ///< null: there is none
  std::vector<const Superbox*> assertions;
  std::vector<std::string> unknown;  ///< labels of boxes that have no place in a manifest
  bool is_update = false;            ///< holds no binding of its own: its parent's counts
};

/// A store read from bytes: what lies in a file, or is one (".c2pa").
class ManifestStore {
 public:
  /// Throws Error kFormat when the bytes are no store with at least one manifest, `where` names them. What is
  /// inside the manifests is not looked at. Compressed manifests are refused.
  ManifestStore(std::string bytes, std::string_view where);

  const std::string& bytes() const { return *bytes_; }
  const std::vector<Manifest>& manifests() const { return manifests_; }
  /// The last one: it speaks of the file.
  const Manifest& active() const { return manifests_.back(); }
  const Manifest* find(std::string_view label) const;
  /// Every URL that some claim of the store declares redacted.
  const std::set<std::string>& redacted() const { return redacted_; }
  /// What a URL means inside `manifest`: its own box for "self#jumbf=LABEL/...", any for
  /// "self#jumbf=/c2pa/URN/...". Null when nothing has that place.
  const Superbox* resolve(std::string_view url, const Manifest& manifest) const;

 private:
  std::shared_ptr<const std::string> bytes_;  // the boxes look into them, wherever the store is moved
  std::shared_ptr<const Superbox> root_;
  std::vector<Manifest> manifests_;
  std::set<std::string> redacted_;
};

}  // namespace understudy::provenance::c2pa
