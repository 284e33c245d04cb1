#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/run.h"

namespace understudy::stages {

struct NewConsentOptions {
  std::string subject, role, basis;
  std::vector<std::string> uses;
  std::string until;  ///< YYYY-MM-DD, or empty
  std::filesystem::path evidence, output;
};

/// Writes a new consent record. Throws Error kUsage when the output exists already: a record is never
/// overwritten.
Outcome new_consent(const NewConsentOptions& options);

/// The records as text.
Outcome show_consent(const std::vector<std::filesystem::path>& files);

/// Throws Error kRefused when a record is not valid today, or not for `role` (if not empty).
Outcome check_consent(const std::vector<std::filesystem::path>& files, const std::string& role);

}  // namespace understudy::stages
