#pragma once

#include <filesystem>
#include <vector>

#include "understudy/provenance/c2pa/certificate.h"

namespace understudy::stages {

/// The roots by which signers are judged.
struct TrustedRoots {
  std::vector<provenance::c2pa::Certificate> given;  ///< those that the user trusts
  std::vector<provenance::c2pa::Certificate> own;    ///< of this computer's authority; empty: it never signed
};

/// `pem`: a file with the roots that are trusted, or empty for none. Throws Error kInput, kFormat.
TrustedRoots read_trusted_roots(const std::filesystem::path& pem);

/// Where this computer's own things lie, see c2pa::data_home(); empty when it has no home for them.
std::filesystem::path own_home();

}  // namespace understudy::stages
