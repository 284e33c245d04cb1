#pragma once

#include <memory>
#include <string>
#include <string_view>

struct bio_st;

namespace understudy::provenance::c2pa {

/// Why OpenSSL refused what it did last, in its words; clears its list.
std::string openssl_reason();

/// Memory that OpenSSL reads from or writes into.
class Memory {
 public:
  Memory();
  /// `bytes` must outlive it.
  explicit Memory(std::string_view bytes);
  bio_st* get() const { return bio_.get(); }
  std::string content() const;

 private:
  std::shared_ptr<bio_st> bio_;
};

}  // namespace understudy::provenance::c2pa
