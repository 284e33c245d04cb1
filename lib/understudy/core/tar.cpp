#include "understudy/core/tar.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy {
namespace {

constexpr std::size_t kBlock = 512, kName = 100, kPrefix = 155;

/// Puts `value` into the header's field at `place`.
void put(std::string& header, std::size_t place, std::string_view value) {
  header.replace(place, value.size(), value);
}

std::string octal(std::uint64_t value, int digits) {
  char out[24];
  std::snprintf(out, sizeof out, "%0*llo", digits, static_cast<unsigned long long>(value));
  return out;
}

/// Where the name is cut into prefix and name: npos when it need not be.
std::size_t cut_of(std::string_view name) {
  const bool ends_early = name.find('\0') != std::string_view::npos;
  if (name.size() <= kName && !name.empty() && !ends_early) return std::string_view::npos;
  // Not before the first byte: an empty prefix is none, and a name from the root would become another.
  const std::size_t cut = name.find('/', std::max(name.size(), kName + 2) - kName - 1);
  if (cut == std::string_view::npos || cut > kPrefix || cut + 1 == name.size() || ends_early)
    throw Error(ErrorCode::kUsage,
                text("'", name.substr(0, 200), "' is a longer name than a tar archive holds"));
  return cut;
}

}  // namespace

std::string tar_file(std::string_view name, std::string_view content) {
  const std::size_t cut = cut_of(name);
  std::string header(kBlock, '\0');
  put(header, 0, cut == std::string_view::npos ? name : name.substr(cut + 1));
  if (cut != std::string_view::npos) put(header, 345, name.substr(0, cut));
  put(header, 100, "0000644");
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put(header, 124, octal(content.size(), 11));
  put(header, 136, octal(0, 11));
  put(header, 148, "        ");
  put(header, 156, "0");
  put(header, 257, std::string_view("ustar\00000", 8));
  std::uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, octal(sum, 6) + std::string("\0 ", 2));
  std::string out = header + std::string(content);
  out.resize((out.size() + kBlock - 1) / kBlock * kBlock, '\0');
  return out;
}

std::string tar_end() {
  return std::string(2 * kBlock, '\0');
}

}  // namespace understudy
