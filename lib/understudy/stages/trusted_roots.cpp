#include "understudy/stages/trusted_roots.h"

#include "understudy/core/files.h"
#include "understudy/provenance/c2pa/signer.h"

namespace fs = std::filesystem;
namespace c2pa = understudy::provenance::c2pa;

namespace understudy::stages {
namespace {

std::vector<c2pa::Certificate> roots_in(const fs::path& pem) {
  return c2pa::parse_certificates(read_file(pem), pem.string());
}

}  // namespace

TrustedRoots read_trusted_roots(const fs::path& pem) {
  TrustedRoots out;
  if (!pem.empty()) out.given = roots_in(pem);
  const fs::path own = own_home().empty() ? fs::path() : c2pa::authority_root(own_home() / "authority");
  if (fs::exists(own)) out.own = roots_in(own);
  return out;
}

fs::path own_home() {
  try {
    return c2pa::data_home();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace understudy::stages
