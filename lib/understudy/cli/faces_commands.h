#pragma once

#include <functional>
#include <vector>

#include "understudy/cli/verbs.h"
#include "understudy/stages/faces.h"

namespace understudy::cli {

/// The subcommands of understudy-faces.
class FacesCommands {
 public:
  /// Adds them to the tool, which keeps pointers to this.
  explicit FacesCommands(Tool& tool);
  FacesCommands(const FacesCommands&) = delete;
  FacesCommands& operator=(const FacesCommands&) = delete;

  /// Does what the one that was given does.
  Outcome work(Run& run) const { return verbs_.work(run); }

 private:
  /// One that works on one dataset.
  CLI::App& add_on_dataset(const char* name, const char* help, stages::FacesOptions& options,
                           std::function<Outcome(Run&)> work);
  void add_sort();
  void add_curation();
  void add_stats();
  void add_check();
  void add_edit();
  void add_exchange();

  Verbs verbs_;
  stages::ConsentOptions consents_;
  stages::SortFacesOptions sort_;
  stages::CurateOptions best_, dedupe_, filter_;
  stages::StatsOptions stats_;
  stages::SheetOptions sheet_;
  stages::CheckFacesOptions check_;
  stages::EditOptions edit_;
  stages::PackOptions pack_;
  stages::ImportOptions import_;
  stages::ExportFacesOptions export_;
};

}  // namespace understudy::cli
