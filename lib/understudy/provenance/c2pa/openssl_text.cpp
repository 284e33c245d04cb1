#include "understudy/provenance/c2pa/openssl_text.h"

#include <openssl/bio.h>
#include <openssl/err.h>

namespace understudy::provenance::c2pa {

std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason ? reason : "no reason given";
}

Memory::Memory() : bio_(BIO_new(BIO_s_mem()), BIO_free) {}

Memory::Memory(std::string_view bytes)
    : bio_(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free) {}

std::string Memory::content() const {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio_.get(), &data);
  return std::string(data, static_cast<std::size_t>(length));
}

}  // namespace understudy::provenance::c2pa
