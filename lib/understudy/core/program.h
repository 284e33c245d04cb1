#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/cancel.h"

namespace understudy {

/// Where a program lies that a shell would find by its name; nothing when it is not installed.
std::optional<std::filesystem::path> find_program(std::string_view name);

/// Runs a program (found as a shell would) with this one's own streams and waits for its end. A stop that is
/// asked for meanwhile is passed on to it as SIGTERM. Its exit code, or 128 and the signal that ended it.
/// Throws Error kResource when it cannot be started.
int run_program(const std::vector<std::string>& command, const Cancel& cancel);

}  // namespace understudy
