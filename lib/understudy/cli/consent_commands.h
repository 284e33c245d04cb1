#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "understudy/cli/verbs.h"
#include "understudy/stages/consent.h"
#include "understudy/stages/purge.h"

namespace understudy::cli {

/// The subcommands of understudy-consent.
class ConsentCommands {
 public:
  /// Adds them to the tool, which keeps pointers to this.
  explicit ConsentCommands(Tool& tool);
  ConsentCommands(const ConsentCommands&) = delete;
  ConsentCommands& operator=(const ConsentCommands&) = delete;

  /// Does what the one that was given does.
  Outcome work(Run& run) const { return verbs_.work(run); }

 private:
  void add_new();
  void add_reading();
  void add_signing();
  void add_purge();

  Verbs verbs_;
  stages::NewConsentOptions new_;
  stages::CheckConsentOptions check_;
  stages::ConsentOptions list_consents_;
  stages::SignOptions signer_;
  stages::RevokeOptions revoke_;
  stages::PurgeOptions purge_;
  std::vector<std::filesystem::path> shown_, signed_, listed_;
};

}  // namespace understudy::cli
