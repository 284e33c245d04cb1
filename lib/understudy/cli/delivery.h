#pragma once

#include <CLI/CLI.hpp>

#include "understudy/stages/delivery_profile.h"

namespace understudy::cli {

/// --project, --use, --media, --territory, --profile, --label: what a merge is made for.
void add_delivery(CLI::App& app, stages::DeliveryOptions& options);

}  // namespace understudy::cli
