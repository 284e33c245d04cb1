#include "understudy/dataset/quick_deflate.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <numeric>
#include <opencv2/core.hpp>

namespace understudy::dataset {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::string packed(const Bytes& bytes, std::size_t at_a_time) {
  QuickDeflate out;
  for (std::size_t i = 0; i < bytes.size(); i += at_a_time)
    out.add(std::span(bytes).subspan(i, std::min(at_a_time, bytes.size() - i)));
  return out.finish();
}

Bytes unpacked(const std::string& from, std::size_t size) {
  libdeflate_decompressor* reader = libdeflate_alloc_decompressor();
  Bytes out(size + 1);
  std::size_t got = 0;
  EXPECT_EQ(libdeflate_zlib_decompress(reader, from.data(), from.size(), out.data(), out.size(), &got),
            LIBDEFLATE_SUCCESS);
  libdeflate_free_decompressor(reader);
  out.resize(got);
  return out;
}

void expect_kept(const Bytes& bytes) {
  const std::string once = packed(bytes, bytes.size() + 1);
  EXPECT_EQ(unpacked(once, bytes.size()), bytes) << bytes.size();
  EXPECT_EQ(packed(bytes, 1009), once) << "however it is handed over";
}

Bytes noise(std::size_t size, int sigma) {
  cv::Mat drawn(1, static_cast<int>(size), CV_32S);
  cv::RNG(7).fill(drawn, cv::RNG::NORMAL, 0, sigma);
  return {drawn.begin<int>(), drawn.end<int>()};
}

TEST(QuickDeflate, KeepsRunsOfEveryLength) {
  Bytes bytes;
  for (std::size_t length = 1; length <= 600; ++length)
    bytes.insert(bytes.end(), length, static_cast<std::uint8_t>(length % 3));
  expect_kept(bytes);
}

TEST(QuickDeflate, KeepsWhatHasOneByteOrNone) {
  expect_kept({});
  for (const std::size_t size : {1, 2, 5, 6, 7, 258, 259, 260, 1'000'000}) {
    expect_kept(Bytes(size, 0));
    expect_kept(Bytes(size, 255));
  }
}

TEST(QuickDeflate, KeepsNoiseAcrossBlocks) {
  constexpr std::size_t kBlock = 40'000;
  for (const int sigma : {1, 5, 100})
    for (const std::size_t size : {kBlock - 1, kBlock, kBlock + 1, 3 * kBlock, 3 * kBlock + 12345})
      expect_kept(noise(size, sigma));
}

TEST(QuickDeflate, KeepsBytesOfWhichEachIsTwiceAsRareAsTheOneBefore) {
  // Their codes would be longer than deflate allows.
  Bytes bytes;
  for (int byte = 0; byte < 26; ++byte)
    for (int i = 0; i < std::max(1, 60'000 >> byte); ++i) bytes.push_back(static_cast<std::uint8_t>(byte));
  Bytes mixed(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) mixed[i] = bytes[i * 7919 % bytes.size()];
  expect_kept(mixed);
}

TEST(QuickDeflate, IsAsSmallAsTheCodesAllow) {
  const Bytes bytes = noise(1'000'000, 5);  // entropy: 4.37 bits
  EXPECT_LT(packed(bytes, bytes.size()).size(), 1.02 * 4.37 / 8 * 1e6);
  EXPECT_LT(packed(Bytes(1'000'000, 9), 1'000'000).size(), 4000);
}

}  // namespace
}  // namespace understudy::dataset
