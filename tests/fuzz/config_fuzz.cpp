#include <cstdint>
#include <sstream>
#include <string>

#include "understudy/cli/options.h"

/// The bytes as a --config file: options, or refused with CLI11's exception.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream file(std::string(reinterpret_cast<const char*>(data), size));
  try {
    understudy::cli::TomlConfig().from_config(file);
  } catch (const CLI::ConfigError&) {
  }
  return 0;
}
