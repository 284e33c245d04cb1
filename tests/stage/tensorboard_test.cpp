#include "understudy/stages/tensorboard.h"

#include <gmock/gmock.h>

#include <cstdio>

#include "understudy/core/text.h"
#include "unit/core/scratch.h"

namespace understudy::stages {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// The sum bit by bit, in another way than the code under test has it.
std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool one = ((crc ^ (static_cast<unsigned char>(c) >> bit)) & 1) != 0;
      crc = (crc >> 1) ^ (one ? 0x82f63b78U : 0U);
    }
  }
  return ~crc;
}

std::uint64_t number_at(std::string_view bytes, std::size_t place, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[place + i])) << (8 * i);
  return value;
}

/// The events in a file, framing and sums checked.
std::vector<std::string> events_in(const std::string& file) {
  const auto masked = [](std::string_view bytes) {
    const std::uint32_t crc = slow_crc32c(bytes);
    return static_cast<std::uint32_t>(((crc >> 15) | (crc << 17)) + 0xa282ead8U);
  };
  std::vector<std::string> events;
  for (std::size_t place = 0; place < file.size();) {
    const std::uint64_t length = number_at(file, place, 8);
    EXPECT_EQ(number_at(file, place + 8, 4), masked(std::string_view(file).substr(place, 8)));
    events.push_back(file.substr(place + 12, length));
    EXPECT_EQ(number_at(file, place + 12 + length, 4), masked(events.back()));
    place += 16 + length;
  }
  return events;
}

fs::path only_file(const fs::path& folder) {
  const auto names = names_in(folder);
  EXPECT_EQ(names.size(), 1u);
  return folder / names.at(0);
}

TEST(Tensorboard, SumsAreThoseOfTheStandard) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Tensorboard, WritesWholeRecordsAtOnce) {
  const ScratchFolder folder;
  EventFile events(folder.path() / "tensorboard", 13);
  const fs::path path = only_file(folder.path() / "tensorboard");
  EXPECT_THAT(path.filename().string(), testing::StartsWith("events.out.tfevents."));
  EXPECT_EQ(events_in(read_file(path)).size(), 2u);
  events.add_scalars(13, {{"loss/likeness", 0.25}, {"learning_rate", 1e-3}});
  events.add_picture(14, "preview", {7, 5, std::string("\xff\xd8\0\xff", 4)});
  const std::vector<std::string> found = events_in(read_file(path));
  ASSERT_EQ(found.size(), 4u);
  EXPECT_THAT(found[0], HasSubstr("brain.Event:2"));
  EXPECT_EQ(found[1].substr(9), std::string("\x10\x0d\x3a\x02\x08\x01", 6)) << "step 13, session_log: START";
  EXPECT_THAT(found[2], HasSubstr(std::string("\x0a\x0dloss/likeness\x15\0\0\x80\x3e", 20)))
      << "0.25 as a float";
  EXPECT_THAT(found[3], HasSubstr(std::string("\x08\x05\x10\x07\x18\x03\x22\x04\xff\xd8\0\xff", 12)));
}

TEST(Tensorboard, ARunThatGoesOnOpensAnotherFileAndChangesNone) {
  const ScratchFolder folder;
  { EventFile(folder.path(), 1).add_scalars(1, {{"a", 1}}); }
  const fs::path first = only_file(folder.path());
  const std::string before = read_file(first);
  { EventFile(folder.path(), 2).add_scalars(2, {{"a", 2}}); }
  std::vector<std::string> names = names_in(folder.path());
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(std::ranges::min(names), first.filename()) << "the names are in the order of time";
  EXPECT_EQ(read_file(first), before);
}

/// What protoc makes of the bytes, with no knowledge of what they should be; nothing where it is not
/// installed.
std::string decoded(const fs::path& file) {
  std::string out;
  FILE* pipe = ::popen(text("protoc --decode_raw < '", file.string(), "' 2>/dev/null").c_str(), "r");
  for (int c; pipe && (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  if (pipe) ::pclose(pipe);
  return out;
}

TEST(Tensorboard, AnotherReaderOfProtocolBuffersFindsTheFields) {
  const ScratchFolder folder;
  {
    EventFile events(folder.path() / "tensorboard", 1);
    events.add_scalars(300, {{"loss/likeness", 0.25}, {"loss/performer", 0.5}});
    events.add_picture(301, "a sheet", {640, 400, "JPEG"});
  }
  const std::vector<std::string> events = events_in(read_file(only_file(folder.path() / "tensorboard")));
  ASSERT_EQ(events.size(), 4u);
  const auto written = [&](std::size_t i) {
    const fs::path path = folder.path() / std::to_string(i);
    write_file(path, events[i]);
    return path;
  };
  if (decoded(written(0)).empty()) GTEST_SKIP() << "protoc is not installed";
  EXPECT_THAT(decoded(written(0)), HasSubstr("3: \"brain.Event:2\""));
  EXPECT_THAT(decoded(written(1)), HasSubstr("7 {\n  1: 1\n}"));
  EXPECT_THAT(decoded(written(2)),
              HasSubstr("2: 300\n5 {\n  1 {\n    1: \"loss/likeness\"\n    2: 0x3e800000\n  }\n"
                        "  1 {\n    1: \"loss/performer\"\n    2: 0x3f000000\n  }\n}"));
  EXPECT_THAT(decoded(written(3)), HasSubstr("2: 301\n5 {\n  1 {\n    1: \"a sheet\"\n    4 {\n      1: 400\n"
                                             "      2: 640\n      3: 3\n      4: \"JPEG\"\n    }\n  }\n}"));
}

TEST(Tensorboard, SaysWhenItCannotWrite) {
  const ScratchFolder folder;
  write_file(folder.path() / "file", "x");
  expect_error(ErrorCode::kResource, "file", [&] { EventFile(folder.path() / "file" / "history", 1); });
}

}  // namespace
}  // namespace understudy::stages
