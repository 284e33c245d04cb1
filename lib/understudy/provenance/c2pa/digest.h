#pragma once

#include <string>
#include <string_view>

namespace understudy::provenance::c2pa {

/// Whether C2PA allows the hash of that name: "sha256", "sha384", "sha512".
bool is_digest(std::string_view alg);

/// The raw digest of `bytes`. Throws Error kFormat for a name that is_digest() denies.
std::string digest(std::string_view alg, std::string_view bytes);

}  // namespace understudy::provenance::c2pa
