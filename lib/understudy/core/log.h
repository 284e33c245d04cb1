#pragma once

#include <string_view>

#include "understudy/core/table.h"

namespace understudy {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

/// From "debug" to "off", each says less than the one before.
const Table<LogLevel>& log_levels();
void set_log_level(LogLevel level);

/// One line on stderr. Thread-safe. Leaf rooms (face, compose, model) do not log.
void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message);

}  // namespace understudy
