#pragma once

#include <CLI/CLI.hpp>

#include "understudy/stages/signing_options.h"

namespace understudy::cli {

/// The options that say who signs what a program delivers.
void add_signing(CLI::App& app, stages::SigningOptions& to);

}  // namespace understudy::cli
