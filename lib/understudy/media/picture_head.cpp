#include "understudy/media/picture_head.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

struct Head {
  const fs::path& path;
  std::ifstream file;
  std::uint64_t length = 0;

  [[noreturn]] void refuse(std::uint64_t told, std::string_view what) const {
    throw Error(
        ErrorCode::kFormat,
        text(path.string(), " tells of ", told, " bytes of ", what, ", but is only ", length, " bytes long"),
        "the picture is cut off or damaged: write it again");
  }
};

std::optional<std::uint32_t> number_at(std::ifstream& file, bool big_endian) {
  std::array<char, 4> bytes{};
  if (!file.read(bytes.data(), bytes.size())) return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<std::uint8_t>(bytes[big_endian ? i : 3 - i]);
  return number;
}

/// What stands before the next NUL; not what is longer than any name of OpenEXR.
std::optional<std::string> name_at(std::ifstream& file) {
  std::array<char, 257> name{};
  if (!file.getline(name.data(), name.size(), '\0')) return std::nullopt;
  return name.data();
}

void check_dpx(Head& head, bool big_endian) {
  constexpr std::streamoff kUserSizeAt = 32;
  constexpr std::uint32_t kUndefined = 0xffffffff;
  head.file.seekg(kUserSizeAt);
  const auto user_size = number_at(head.file, big_endian);
  if (user_size && *user_size != kUndefined && *user_size > head.length) head.refuse(*user_size, "user data");
}

/// Attributes are a name, a type, a length and so many bytes; an empty name ends a part's.
void check_exr(Head& head) {
  constexpr std::uint32_t kManyParts = 0x1000;
  const auto version = number_at(head.file, false);
  if (!version) return;
  bool in_part = false;
  while (const auto name = name_at(head.file)) {
    if (name->empty()) {
      if (!in_part || (*version & kManyParts) == 0) return;
      in_part = false;
      continue;
    }
    in_part = true;
    const auto type = name_at(head.file);
    const auto size = type ? number_at(head.file, false) : std::nullopt;
    if (!size) return;
    const std::streamoff left = static_cast<std::streamoff>(head.length) - head.file.tellg();
    if (*size > left) head.refuse(*size, text("the attribute '", *name, "'"));
    head.file.seekg(*size, std::ios::cur);
  }
}

}  // namespace

void check_picture_head(const fs::path& path) {
  std::error_code error;
  Head head{path, std::ifstream(path, std::ios::binary), fs::file_size(path, error)};
  std::array<char, 4> magic{};
  if (error || !head.file.read(magic.data(), magic.size())) return;
  const std::string_view begin(magic.data(), magic.size());
  if (begin == "SDPX" || begin == "XPDS") check_dpx(head, begin == "SDPX");
  if (begin == "\x76\x2f\x31\x01") check_exr(head);
}

}  // namespace understudy::media
