#include "understudy/media/dpx_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/media/metadata.h"
#include "unit/core/scratch.h"

namespace understudy::media {
namespace {

/// A head of that byte order with so much user data.
std::string head(bool big_endian, std::uint32_t user_size) {
  std::string out(2048, '\0');
  out.replace(0, 4, big_endian ? "SDPX" : "XPDS");
  for (std::size_t i = 0; i < 4; ++i)
    out[32 + i] = static_cast<char>(user_size >> 8 * (big_endian ? 3 - i : i));
  return out;
}

TEST(DpxHead, NoMoreUserDataThanTheFileIsLong) {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.dpx";
  for (const bool big_endian : {false, true}) {
    for (const std::uint32_t fits : {0U, 2048U, 0xffffffffU}) {
      write_file(path, head(big_endian, fits));
      EXPECT_NO_THROW(check_dpx_head(path)) << fits;
    }
    for (const std::uint32_t too_much : {2049U, 0xfffffffbU}) {
      write_file(path, head(big_endian, too_much));
      EXPECT_THROW(check_dpx_head(path), Error) << too_much;
      try {
        read_metadata(path);
        ADD_FAILURE() << "it was read";
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kFormat);
        EXPECT_THAT(e.message(), testing::HasSubstr("bytes of user data, but is only 2048 bytes long"));
      }
    }
  }
}

TEST(DpxHead, OtherFilesAreNoneOfItsBusiness) {
  const ScratchFolder folder;
  write_file(folder.path() / "short.dpx", "SDPX");
  write_file(folder.path() / "other.png", std::string(64, '\xff'));
  EXPECT_NO_THROW(check_dpx_head(folder.path() / "short.dpx"));
  EXPECT_NO_THROW(check_dpx_head(folder.path() / "other.png"));
  EXPECT_NO_THROW(check_dpx_head(folder.path() / "gone.dpx"));
}

}  // namespace
}  // namespace understudy::media
