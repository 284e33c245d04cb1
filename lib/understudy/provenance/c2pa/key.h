#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "understudy/core/table.h"

struct evp_pkey_st;
struct evp_md_st;

namespace understudy::provenance::c2pa {

/// A way of signing that C2PA allows (its section on digital signatures), under its name there.
struct Algorithm {
  std::int64_t cose = 0;         ///< identifier in COSE's registry, such as -7
  const evp_md_st* (*digest)();  ///< null: Ed25519, which brings its own
  std::size_t ecdsa_bytes = 0;   ///< of r and of s; 0: no ECDSA
  const char* openssl_key = "";  ///< what OpenSSL calls the kind of key
};

/// es256, es384, es512, ps256, ps384, ps512, ed25519.
const Table<Algorithm>& algorithms();

/// A key for signatures: a private one, or only its public half. Cheap to copy.
class Key {
 public:
  /// A private key from a PEM file, in clear. Throws Error kInput when the file is unreadable or the key is
  /// encrypted, kFormat when it is no private key or of a kind that C2PA does not allow (see
  /// algorithm_of()).
  static Key read_private(const std::filesystem::path& path);
  /// A public key from PEM ("BEGIN PUBLIC KEY"). Throws Error kFormat; `where` names it.
  static Key parse_public(std::string_view pem, std::string_view where);
  /// A fresh private key: P-256, RSA of 3072 bits, Ed25519, for "es256", "ps256", "ed25519".
  static Key generate(std::string_view algorithm);
  /// Takes over a key of OpenSSL.
  explicit Key(evp_pkey_st* key);

  /// PKCS#8, in clear.
  std::string private_pem() const;
  std::string public_pem() const;
  /// Whether both have the same public half.
  bool same_public(const Key& other) const;
  evp_pkey_st* get() const { return key_.get(); }

 private:
  std::shared_ptr<evp_pkey_st> key_;
};

/// The name of the algorithm that a key signs with: P-256, P-384, P-521, RSA of at least 2048 bits (ps256),
/// Ed25519. Throws Error kFormat, naming `where`, for another kind of key.
std::string algorithm_of(const Key& key, std::string_view where);

/// Signs: r and s one after another for ECDSA, 64 bytes for Ed25519, as long as the key for RSA-PSS.
/// Throws Error kResource when OpenSSL cannot.
std::string sign(const Key& key, const Algorithm& algorithm, std::string_view message);

/// Whether `signature` is one of `message` under the key's public half. False too for a key of another kind
/// and a signature of a wrong length.
bool verifies(const Key& key, const Algorithm& algorithm, std::string_view message,
              std::string_view signature);

}  // namespace understudy::provenance::c2pa
