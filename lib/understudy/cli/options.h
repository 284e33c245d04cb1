#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <istream>
#include <string>
#include <vector>

#include "understudy/core/json.h"

namespace understudy::cli {

/// Reads --config files as TOML 1.0. CLI11's own reader takes a '#' inside a string for a comment.
class TomlConfig : public CLI::ConfigBase {
 public:
  /// Throws CLI::ConfigError with the line of the mistake.
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;
};

/// Every option's effective value as TOML that --config reads back, with its description as a comment. An
/// option that was not given and has no usable default is a comment.
std::string config_text(CLI::App& app);

/// Every option's effective value, those of a subcommand in an object of its name.
Json options_json(CLI::App& app);

/// --revocations, a list of consents that were taken back, also from the environment.
void add_revocations(CLI::App& app, std::filesystem::path& to);

/// Takes the empty values out of the defaults that --help shows.
void tidy_defaults(CLI::App& app);

}  // namespace understudy::cli
