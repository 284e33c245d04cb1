#include "understudy/media/picture_head.h"

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
std::string dpx(bool big_endian, std::uint32_t user_size) {
  std::string out(2048, '\0');
  out.replace(0, 4, big_endian ? "SDPX" : "XPDS");
  for (std::size_t i = 0; i < 4; ++i)
    out[32 + i] = static_cast<char>(user_size >> 8 * (big_endian ? 3 - i : i));
  return out;
}

TEST(PictureHead, NoMoreUserDataThanTheFileIsLong) {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.dpx";
  for (const bool big_endian : {false, true}) {
    for (const std::uint32_t fits : {0U, 2048U, 0xffffffffU}) {
      write_file(path, dpx(big_endian, fits));
      EXPECT_NO_THROW(check_picture_head(path)) << fits;
    }
    for (const std::uint32_t too_much : {2049U, 0xfffffffbU}) {
      write_file(path, dpx(big_endian, too_much));
      EXPECT_THROW(check_picture_head(path), Error) << too_much;
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

std::string little_endian(std::uint32_t number) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(number >> 8 * i);
  return out;
}

/// An OpenEXR head of one part whose only attribute tells of so many bytes, and 100 of them.
std::string exr(std::uint32_t size, std::uint32_t version = 2) {
  return "\x76\x2f\x31\x01" + little_endian(version) + std::string("owner\0string\0", 13) +
         little_endian(size) + std::string(100, 'o');
}

TEST(PictureHead, NoAttributeLongerThanTheFile) {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.exr";
  const std::string end(1, '\0'), second_part = exr(101).substr(8);
  for (const std::string& fits : {exr(100) + end, exr(100), exr(20), exr(100) + end + second_part}) {
    write_file(path, fits);
    EXPECT_NO_THROW(check_picture_head(path));
  }
  for (const std::string& too_much : {exr(101), exr(0xffffffff), exr(100, 0x1002) + end + second_part}) {
    write_file(path, too_much);
    EXPECT_THROW(check_picture_head(path), Error);
  }
  write_file(path, exr(0x726574b9));
  try {
    read_metadata(path);
    ADD_FAILURE() << "it was read";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kFormat);
    EXPECT_THAT(e.message(), testing::HasSubstr("of the attribute 'owner', but is only 125 bytes long"));
  }
}

TEST(PictureHead, OtherFilesAreNoneOfItsBusiness) {
  const ScratchFolder folder;
  write_file(folder.path() / "short.dpx", "SDPX");
  write_file(folder.path() / "other.png", std::string(64, '\xff'));
  EXPECT_NO_THROW(check_picture_head(folder.path() / "short.dpx"));
  EXPECT_NO_THROW(check_picture_head(folder.path() / "other.png"));
  write_file(folder.path() / "nameless.exr", exr(1).substr(0, 8) + std::string(1000, 'n'));
  EXPECT_NO_THROW(check_picture_head(folder.path() / "nameless.exr"));
  EXPECT_NO_THROW(check_picture_head(folder.path() / "gone.dpx"));
}

}  // namespace
}  // namespace understudy::media
