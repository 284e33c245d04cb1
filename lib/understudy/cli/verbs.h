#pragma once

#include <functional>
#include <vector>

#include "understudy/cli/tool.h"

namespace understudy::cli {

/// The subcommands of a program of which one has to be given.
class Verbs {
 public:
  explicit Verbs(Tool& tool);

  /// A subcommand that is done by `work`.
  CLI::App& add(const char* name, const char* help, std::function<Outcome(Run&)> work);
  /// Does what the one that was given does.
  Outcome work(Run& run) const;

 private:
  struct Verb {
    CLI::App* app;
    std::function<Outcome(Run&)> work;
  };

  CLI::App& app_;
  std::vector<Verb> verbs_;
};

}  // namespace understudy::cli
