#include "understudy/core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

#include "understudy/core/plain_text.h"

namespace understudy {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("understudy", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%H:%M:%S %l: %v");
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

}  // namespace

const Table<LogLevel>& log_levels() {
  static const Table<LogLevel> table{"log level",
                                     {{"debug", "everything", LogLevel::kDebug},
                                      {"info", "what happens", LogLevel::kInfo},
                                      {"warning", "what looks wrong", LogLevel::kWarning},
                                      {"error", "what failed", LogLevel::kError},
                                      {"off", "nothing", LogLevel::kOff}}};
  return table;
}
void set_log_level(LogLevel level) {
  logger().set_level(to_spdlog(level));
}
void log_debug(std::string_view message) {
  logger().debug("{}", printable(message, Lines::kAllowed));
}
void log_info(std::string_view message) {
  logger().info("{}", printable(message, Lines::kAllowed));
}
void log_warning(std::string_view message) {
  logger().warn("{}", printable(message, Lines::kAllowed));
}
void log_error(std::string_view message) {
  logger().error("{}", printable(message, Lines::kAllowed));
}

}  // namespace understudy
