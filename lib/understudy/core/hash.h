#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace understudy {

/// A digest in the making.
class Hash {
 public:
  /// "sha256", "sha384" or "sha512". Throws Error kFormat for others.
  explicit Hash(std::string_view algorithm = "sha256");
  void add(std::string_view bytes);
  /// The digest's bytes, not their digits. Ends it.
  std::string finish();

 private:
  std::shared_ptr<evp_md_ctx_st> context_;
};

/// The digest of `bytes`, as Hash.
std::string hash_of(std::string_view bytes, std::string_view algorithm = "sha256");

}  // namespace understudy
