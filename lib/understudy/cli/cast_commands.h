#pragma once

#include <functional>
#include <vector>

#include "understudy/cli/verbs.h"
#include "understudy/stages/cast.h"

namespace understudy::cli {

/// The subcommands of understudy-cast.
class CastCommands {
 public:
  /// Adds them to the tool, which keeps pointers to this.
  explicit CastCommands(Tool& tool);
  CastCommands(const CastCommands&) = delete;
  CastCommands& operator=(const CastCommands&) = delete;

  /// Does what the one that was given does.
  Outcome work(Run& run) const { return verbs_.work(run); }

 private:
  CLI::App& add(const char* name, const char* help, stages::CastOptions& options,
                std::function<Outcome(Run&)> work);

  Verbs verbs_;
  stages::ConsentOptions consents_;
  stages::ListPeopleOptions list_;
  stages::NamePersonOptions name_;
  stages::MergePeopleOptions merge_;
  stages::SplitPersonOptions split_;
};

}  // namespace understudy::cli
