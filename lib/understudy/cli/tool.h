#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/core/table.h"
#include "understudy/stages/common.h"

namespace understudy::cli {

/// One program: its options and what all programs have in common (--config, --print-config, --describe,
/// --report, --progress, --log-level, --quiet, --version, --help).
///
///     ExtractOptions o;
///     Tool tool{"extract", "Find and follow the faces of a plate."};
///     tool.common(o.common).choice("--detector", o.detector, vision::detectors(), "face detector");
///     return tool.run(argc, argv, [&](Run& run) { return stages::extract(o, run); });
class Tool {
 public:
  /// `name` without the leading "understudy-".
  Tool(const std::string& name, const std::string& description);

  /// For options of this program alone.
  CLI::App& app() { return app_; }

  /// --frames, --shard, --chunk, --chunk-size, --threads, --device, --seed, --dry-run, --replace.
  Tool& common(stages::CommonOptions& options);
  /// --revocations, --signed-consents.
  Tool& consents(stages::ConsentOptions& options);
  /// --person.
  Tool& person(std::string& name);
  /// Positional DATASET...; "-" reads paths from standard input, one a line.
  Tool& datasets(std::vector<std::filesystem::path>& paths);
  /// An option whose value is a name of `table`, or a file with that extension when there is one; its help
  /// lists the names.
  template <class Value>
  Tool& choice(const std::string& option, std::string& value, const Table<Value>& table,
               const std::string& help, const std::string& extension = {});

  /// Parses, runs `work`, prints what was written to stdout, writes the report, and returns the exit code.
  /// Never throws.
  int run(int argc, char** argv, const std::function<Outcome(Run&)>& work);

 private:
  void add_describe();
  void prepare_common();
  int run_parsed(const std::function<Outcome(Run&)>& work);
  void complain(std::string_view message, std::string_view hint = {}) const;
  int fail(const Report& report, const Error& failure);
  int finish(const Report& report, const Outcome* outcome, int code, const Error* failure);

  std::string name_;
  CLI::App app_;
  std::filesystem::path report_path_;
  std::string progress_ = "auto", log_level_ = "info";
  bool quiet_ = false, print_config_ = false;
  std::string frames_, shard_;
  std::int64_t chunk_ = 0, chunk_size_ = 0;
  stages::CommonOptions* common_ = nullptr;
  std::vector<std::filesystem::path>* datasets_ = nullptr;
};

/// Adds --person, by which one person's faces are chosen, see stages/person_choice.h.
void add_person(CLI::App& app, std::string& name);

/// "" when `value` is a name of the table, else the sentence with the names there are.
template <class Value>
std::string name_problem(const Table<Value>& table, const std::string& value) {
  try {
    table.at(value);
    return {};
  } catch (const Error& e) {
    return e.message() + "; " + e.hint();
  }
}

/// `help` with a line below it for each name of `table`.
template <class Value>
std::string with_choices(const std::string& help, const Table<Value>& table) {
  std::string lines = help;
  for (const auto& entry : table) lines += "\n  " + entry.name + ": " + entry.description;
  return lines;
}

/// Makes `option` take the names of `table`, or a file with that extension when there is one; its help lists
/// the names.
template <class Value>
CLI::Option* take_names(CLI::Option* option, const Table<Value>& table, const std::string& help,
                        const std::string& extension = {}) {
  const auto problem = [&table, extension](const std::string& name) {
    return !extension.empty() && name.ends_with(extension) ? "" : name_problem(table, name);
  };
  const std::string form = joined(table.names(), "|") + (extension.empty() ? "" : "|FILE" + extension);
  return option->description(with_choices(help, table))->check(CLI::Validator(problem, form));
}

/// Adds an option whose value is a name of `table` (a string, or a list of them), see take_names.
template <class Target, class Value>
CLI::Option* add_choice(CLI::App& app, const std::string& option, Target& value, const Table<Value>& table,
                        const std::string& help, const std::string& extension = {}) {
  return take_names(app.add_option(option, value), table, help, extension);
}

template <class Value>
Tool& Tool::choice(const std::string& option, std::string& value, const Table<Value>& table,
                   const std::string& help, const std::string& extension) {
  add_choice(app_, option, value, table, help, extension);
  return *this;
}

}  // namespace understudy::cli
