#include "understudy/stages/tensorboard.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"

namespace understudy::stages {
namespace {

namespace fs = std::filesystem;

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
constexpr int kSessionStatus = 1, kSessionStart = 1;
constexpr int kSummaryValue = 1, kTag = 1, kSimpleValue = 2, kImage = 4;
constexpr int kImageHeight = 1, kImageWidth = 2, kImageColorspace = 3, kImageBytes = 4, kRgb = 3;

// The ways in which a protocol buffer stores a field.
constexpr std::uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

template <class Integer>
std::string little_endian(Integer value) {
  std::string out;
  for (std::size_t i = 0; i < sizeof(value); ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  return out += static_cast<char>(value);
}

std::string key(int field, std::uint64_t kind) {
  return varint(static_cast<std::uint64_t>(field) << 3 | kind);
}
std::string integer_field(int field, std::int64_t value) {
  return key(field, kVarint) + varint(static_cast<std::uint64_t>(value));
}
std::string double_field(int field, double value) {
  return key(field, kFixed64) + little_endian(std::bit_cast<std::uint64_t>(value));
}
std::string float_field(int field, double value) {
  return key(field, kFixed32) + little_endian(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
}
std::string bytes_field(int field, std::string_view bytes) {
  return key(field, kBytes) + varint(bytes.size()) + std::string(bytes);
}

/// An event of now.
std::string event(std::int64_t step, const std::string& content) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return double_field(kWallTime, now.count()) + integer_field(kStep, step) + content;
}

/// As the records have it: rotated and shifted, so that the sum of bytes that hold a sum is none of itself.
std::string masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return little_endian((crc >> 15 | crc << 17) + 0xa282ead8U);
}

std::string file_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  // TensorBoard reads the files of a run in the order of their names.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() % 1'000'000'000;
  return text("events.out.tfevents.", std::setw(10), std::setfill('0'), seconds, ".", std::setw(9),
              nanoseconds, ".", host.data(), ".", ::getpid());
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0U);
      table[byte] = crc;
    }
    return table;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

EventFile::EventFile(const fs::path& folder, std::int64_t first_step) {
  make_folder(folder);
  path_ = folder / file_name();
  file_.open(path_, std::ios::binary | std::ios::app);
  write(event(0, bytes_field(kFileVersion, "brain.Event:2")));
  write(event(first_step, bytes_field(kSessionLog, integer_field(kSessionStatus, kSessionStart))));
}

void EventFile::add_scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  std::string summary;
  for (const auto& [tag, value] : values)
    summary += bytes_field(kSummaryValue, bytes_field(kTag, tag) + float_field(kSimpleValue, value));
  write(event(step, bytes_field(kSummary, summary)));
}

void EventFile::add_picture(std::int64_t step, const std::string& tag, const EncodedPicture& picture) {
  const std::string image = integer_field(kImageHeight, picture.height) +
                            integer_field(kImageWidth, picture.width) +
                            integer_field(kImageColorspace, kRgb) + bytes_field(kImageBytes, picture.bytes);
  const std::string value = bytes_field(kTag, tag) + bytes_field(kImage, image);
  write(event(step, bytes_field(kSummary, bytes_field(kSummaryValue, value))));
}

void EventFile::write(const std::string& event) {
  const std::string length = little_endian(static_cast<std::uint64_t>(event.size()));
  errno = 0;
  file_ << length << masked_crc(length) << event << masked_crc(event) << std::flush;
  if (!file_)
    throw Error(ErrorCode::kResource,
                text("cannot write ", path_.string(), ": ", std::strerror(errno ? errno : EIO)),
                "free some space, then run the same command again");
}

}  // namespace understudy::stages
