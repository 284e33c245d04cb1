#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "understudy/core/big_endian.h"
#include "understudy/core/files.h"
#include "understudy/provenance/c2pa/manifest.h"
#include "understudy/provenance/c2pa/sign.h"
#include "understudy/provenance/c2pa/validator.h"

namespace fs = std::filesystem;

namespace understudy::provenance::c2pa {
namespace {

constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;
/// For a file of 4 GB, far from enough to hold it.
constexpr rlim_t kMemory = rlim_t{512} << 20;

/// A folder that is gone at the end.
struct Scratch {
  fs::path path = fs::temp_directory_path() / temporary_name("large-file-test");
  Scratch() { fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
};

void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/// The offsets of an MP4 with one table of chunks, moved by `by`.
std::string moved_chunks(std::string head, std::uint64_t by) {
  const std::size_t table = head.find("stco") + 8;  // behind version and flags
  const std::uint64_t count = from_big_endian(std::string_view(head).substr(table, 4));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t at = table + 4 + i * 4;
    const std::uint64_t offset = from_big_endian(std::string_view(head).substr(at, 4)) + by;
    EXPECT_LT(offset, kFourGiB);
    head.replace(at, 4, big_endian(offset, 4));
  }
  return head;
}

/// `small` (movie first) with a hole between movie and media: the media lie just below 4 GiB, behind them the
/// file goes on for 300 MB.
void write_large(const std::string& small, const fs::path& path) {
  const std::size_t media = small.find("mdat") - 4;
  const std::uint64_t hole = kFourGiB - small.size() - 64;
  std::ofstream out(path, std::ios::binary);
  out << moved_chunks(small.substr(0, media), hole) << big_endian(1, 4) << "free" << big_endian(hole, 8);
  out.seekp(static_cast<std::streamoff>(media + hole));
  out << small.substr(media);
  constexpr std::uint64_t kMore = 300'000'000;
  const std::uint64_t end = static_cast<std::uint64_t>(out.tellp()) + kMore;
  out << big_endian(kMore, 4) << "free";
  out.close();
  ASSERT_FALSE(out.fail());
  fs::resize_file(path, end);
}

/// Private memory is limited from here on; files that are mapped do not count.
void limit_memory() {
  const rlimit limit{kMemory, kMemory};
  ASSERT_EQ(::setrlimit(RLIMIT_DATA, &limit), 0);
}

TEST(LargeFile, OfMoreThanFourGigabytesIsSignedWithoutBeingHeld) {
  const Scratch scratch;
  const fs::path small = scratch.path / "small.mp4", large = scratch.path / "large.mp4";
  if (fs::space(scratch.path).available < 6 * kFourGiB / 4)
    GTEST_SKIP() << "less than 6 GiB are free in " << scratch.path;
  run(
      text("ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=64x48:d=1:r=10 -c:v libx264 -pix_fmt yuv420p "
           "-movflags +faststart ",
           small.string()));
  write_large(read_file(small), large);
  const auto pictures = [&](const fs::path& file, const char* to) {
    run(text("ffmpeg -nostdin -v error -i ", file.string(), " -f framemd5 ", (scratch.path / to).string()));
    return read_file(scratch.path / to);
  };
  const std::string before = pictures(large, "before.md5");
  EXPECT_EQ(before, pictures(small, "small.md5"));

  Delivery delivery;
  delivery.urn = delivery_urn("a large file");
  delivery.title = "large.mp4";
  delivery.when = now_utc();
  delivery.plate = {"Plate", "video/mp4", std::string(64, 'a')};
  limit_memory();
  sign_file(large, delivery, local_signer(scratch.path / "authority", delivery.when));

  EXPECT_GT(fs::file_size(large), kFourGiB + 300'000'000);
  std::string head(64 * 1024, '\0');
  std::ifstream(large, std::ios::binary).read(head.data(), static_cast<std::streamsize>(head.size()));
  EXPECT_NE(head.find("co64"), std::string::npos) << "the offsets no longer fit into 32 bits";
  EXPECT_EQ(head.find("stco"), std::string::npos);
  const auto found = validate_file(large, {{}, now_utc()});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, State::kValid);
  EXPECT_EQ(before, pictures(large, "after.md5"));

  std::fstream(large, std::ios::binary | std::ios::in | std::ios::out)
      .seekp(static_cast<std::streamoff>(kFourGiB + 200'000'000))
      .put('x');
  EXPECT_EQ(validate_file(large, {{}, now_utc()})->state, State::kInvalid) << "a byte behind 4 GiB";
}

}  // namespace
}  // namespace understudy::provenance::c2pa
