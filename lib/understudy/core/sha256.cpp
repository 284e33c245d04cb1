#include "understudy/core/sha256.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/hash.h"
#include "understudy/core/text.h"

namespace understudy {
namespace {

std::string digits_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char byte : bytes) {
    out += kDigits[static_cast<unsigned char>(byte) >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  return digits_of(hash_of(bytes));
}

std::string sha256_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", std::strerror(errno)));
  Hash hash;
  std::vector<char> block(1 << 20);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0)
    hash.add({block.data(), static_cast<std::size_t>(file.gcount())});
  if (file.bad()) throw Error(ErrorCode::kInput, text("reading ", path.string(), " failed half-way"));
  return digits_of(hash.finish());
}

}  // namespace understudy
