#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "understudy/cli/tool.h"
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
  Outcome work(Run& run);

 private:
  /// A subcommand that is done by `work`.
  CLI::App& add(const char* name, const char* help, std::function<Outcome(Run&)> work);
  void add_new();
  void add_reading();
  void add_signing();
  void add_purge();

  struct Command {
    CLI::App* app;
    std::function<Outcome(Run&)> work;
  };

  CLI::App& app_;
  std::vector<Command> commands_;
  stages::NewConsentOptions new_;
  stages::CheckConsentOptions check_;
  stages::ConsentOptions list_consents_;
  stages::SignOptions signer_;
  stages::RevokeOptions revoke_;
  stages::PurgeOptions purge_;
  std::vector<std::filesystem::path> shown_, signed_, listed_;
};

}  // namespace understudy::cli
