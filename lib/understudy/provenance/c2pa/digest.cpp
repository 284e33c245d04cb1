#include "understudy/provenance/c2pa/digest.h"

#include <openssl/evp.h>

#include <array>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::provenance::c2pa {

bool is_digest(std::string_view alg) {
  return alg == "sha256" || alg == "sha384" || alg == "sha512";
}

std::string digest(std::string_view alg, std::string_view bytes) {
  if (!is_digest(alg))
    throw Error(ErrorCode::kFormat, text("the hash '", alg, "' is none of sha256, sha384, sha512"));
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_get_digestbyname(std::string(alg).c_str()),
             nullptr);
  return {reinterpret_cast<const char*>(out.data()), size};
}

}  // namespace understudy::provenance::c2pa
