#include "understudy/cli/verbs.h"

namespace understudy::cli {

Verbs::Verbs(Tool& tool) : app_(tool.app()) {
  app_.require_subcommand(1)->fallthrough();
}

CLI::App& Verbs::add(const char* name, const char* help, std::function<Outcome(Run&)> work) {
  CLI::App* app = app_.add_subcommand(name, help);
  verbs_.push_back({app, std::move(work)});
  return *app;
}

Outcome Verbs::work(Run& run) const {
  for (const Verb& verb : verbs_)
    if (verb.app->parsed()) return verb.work(run);
  throw Error(ErrorCode::kBug, "no subcommand was parsed");
}

}  // namespace understudy::cli
