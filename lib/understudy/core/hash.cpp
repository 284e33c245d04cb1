#include "understudy/core/hash.h"

#include <openssl/evp.h>

#include "understudy/core/error.h"
#include "understudy/core/mapped_bytes.h"
#include "understudy/core/text.h"

namespace understudy {

Hash::Hash(std::string_view algorithm) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  const EVP_MD* digest = algorithm == "sha256"   ? EVP_sha256()
                         : algorithm == "sha384" ? EVP_sha384()
                         : algorithm == "sha512" ? EVP_sha512()
                                                 : nullptr;
  if (!digest)
    throw Error(ErrorCode::kFormat,
                text("the digest '", algorithm, "' is unknown, expected sha256, sha384 or sha512"));
  EVP_DigestInit_ex(context_.get(), digest, nullptr);
}

void Hash::add(std::string_view bytes) {
  use_in_blocks(
      bytes, [&](std::string_view block) { EVP_DigestUpdate(context_.get(), block.data(), block.size()); });
}

std::string Hash::finish() {
  std::string out(static_cast<std::size_t>(EVP_MD_CTX_get_size(context_.get())), '\0');
  EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return out;
}

std::string hash_of(std::string_view bytes, std::string_view algorithm) {
  Hash hash(algorithm);
  hash.add(bytes);
  return hash.finish();
}

}  // namespace understudy
