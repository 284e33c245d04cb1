#include <cstring>
#include <numeric>

#include "given.h"
#include "understudy/core/tar.h"

namespace {

/// What an archive's header says, as POSIX reads it.
std::string name_in(const std::string& header) {
  const std::string name(header.data(), strnlen(header.data(), 100));
  const std::string prefix(header.data() + 345, strnlen(header.data() + 345, 155));
  return prefix.empty() ? name : prefix + "/" + name;
}

}  // namespace

/// The first line as the name of a file, the rest as what is in it: an entry that any reader takes for just
/// that, or refused. Archives are written, never read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;
  const std::string_view bytes = fuzz::text_of(data, size);
  const std::size_t line = std::min(bytes.find('\n'), bytes.size());
  const std::string_view name = bytes.substr(0, line),
                         content = bytes.substr(std::min(line + 1, bytes.size()));
  std::string entry;
  if (!fuzz::takes([&] { entry = tar_file(name, content); })) return 0;
  if (entry.size() % 512 != 0 || entry.substr(512, content.size()) != content) std::abort();
  if (name_in(entry) != name) std::abort();
  if (std::stoull(entry.substr(124, 11), nullptr, 8) != content.size()) std::abort();
  const unsigned long sum = std::stoul(entry.substr(148, 6), nullptr, 8);
  std::string header = entry.substr(0, 512);
  header.replace(148, 8, "        ");
  if (std::accumulate(header.begin(), header.end(), 0ul,
                      [](unsigned long s, char c) { return s + static_cast<unsigned char>(c); }) != sum)
    std::abort();
  return 0;
}
