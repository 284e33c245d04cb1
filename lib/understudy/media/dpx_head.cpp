#include "understudy/media/dpx_head.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::media {

void check_dpx_head(const fs::path& path) {
  constexpr std::size_t kUserSizeAt = 32;
  constexpr std::uint32_t kUndefined = 0xffffffff;
  std::array<char, kUserSizeAt + 4> head{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(head.data(), head.size())) return;
  const std::string_view magic(head.data(), 4);
  const bool big_endian = magic == "SDPX";
  if (!big_endian && magic != "XPDS") return;
  std::uint32_t user_size = 0;
  for (std::size_t i = 0; i < 4; ++i)
    user_size = user_size << 8 | static_cast<std::uint8_t>(head[kUserSizeAt + (big_endian ? i : 3 - i)]);
  std::error_code error;
  const std::uintmax_t length = fs::file_size(path, error);
  if (!error && user_size != kUndefined && user_size > length)
    throw Error(ErrorCode::kFormat,
                text(path.string(), " tells of ", user_size, " bytes of user data, but is only ", length,
                     " bytes long"),
                "the picture is cut off or damaged: write it again");
}

}  // namespace understudy::media
