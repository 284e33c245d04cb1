#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace understudy::dataset {

/// Packs bytes into zlib's format (RFC 1950, 1951), made for filtered pixels: blocks with Huffman codes of
/// their own, and runs of a byte as the only repetitions. Others are next to none in pictures, and to search
/// for them takes most of the time: this takes half as long as libdeflate's level 1, for the same size. The
/// same bytes on every machine.
class QuickDeflate {
 public:
  QuickDeflate();
  void add(std::span<const std::uint8_t> bytes);
  /// All that was added; then it is used up.
  std::string finish();

 private:
  void put_block(bool is_last);

  std::vector<std::uint8_t> block_;  ///< the last byte of the block before, then those that wait
  std::vector<std::uint16_t> tokens_;
  std::vector<char> packed_;  ///< of one block
  std::uint64_t bits_ = 0;    ///< that do not fill a byte yet
  int bit_count_ = 0;
  std::uint32_t checksum_ = 1;
  std::string out_;
};

}  // namespace understudy::dataset
