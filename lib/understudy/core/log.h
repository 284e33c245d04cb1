#pragma once

#include <string_view>

namespace understudy {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

/// "debug", "info", "warning", "error" or "off"; throws Error kUsage otherwise.
LogLevel log_level_from_name(std::string_view name);
void set_log_level(LogLevel level);

/// One line on stderr. Thread-safe. Leaf rooms (face, compose, model) do not log.
void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message);

}  // namespace understudy
