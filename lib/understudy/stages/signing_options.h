#pragma once

#include <filesystem>
#include <string>

namespace understudy::stages {

/// Who signs the output's content credentials, and where they are kept.
struct SigningOptions {
  std::filesystem::path key, certificate;  ///< PEM, both or neither; empty: the local authority signs
  std::string tsa_url;              ///< of a time-stamp authority; empty: signatures have no time-stamp
  std::filesystem::path authority;  ///< its folder; empty: "authority" in c2pa::data_home()
  std::filesystem::path registry;   ///< where copies are kept; empty: "registry" in c2pa::data_home()
  bool accept_invalid_ingredient = false;  ///< merge a plate whose own credentials are invalid, and say so
};

}  // namespace understudy::stages
