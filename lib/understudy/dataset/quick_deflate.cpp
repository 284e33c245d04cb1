#include "understudy/dataset/quick_deflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "understudy/core/big_endian.h"

namespace understudy::dataset {
namespace {

constexpr std::size_t kBlockBytes = 40'000;  // so that what a block takes comes from the heap
constexpr std::size_t kEnd = 256, kFirstLength = 257, kSymbols = 286;
constexpr std::size_t kLeastRun = 3, kLongestRun = 258;
constexpr std::size_t kWorthIt = 6;  // shorter runs are cheaper as single bytes
constexpr int kLongestCode = 15, kLongestCodeOfLengths = 7;

/// A byte, or kRun and the length of a run of the byte before it.
using Token = std::uint16_t;
constexpr Token kRun = 256;

struct Code {
  std::uint32_t bits = 0;
  int count = 0;
};

constexpr std::size_t kMostTokenBits = kLongestCode + 5 + 1, kMostHeadBits = 4096;

/// First bit lowest, as deflate wants it.
class BitWriter {
 public:
  BitWriter(char* to, std::uint64_t& bits, int& count) : to_(to), bits_(bits), count_(count) {}

  void put(Code code) {
    bits_ |= std::uint64_t{code.bits} << count_;
    count_ += code.count;
    if (count_ < 32) return;
    for (std::size_t i = 0; i < 4; ++i) to_[i] = static_cast<char>(bits_ >> (8 * i));
    to_ += 4;
    bits_ >>= 32;
    count_ -= 32;
  }
  void fill_last_byte() { count_ = (count_ + 7) / 8 * 8; }
  /// Behind the last whole byte.
  char* end() {
    for (; count_ >= 8; count_ -= 8, bits_ >>= 8) *to_++ = static_cast<char>(bits_ & 0xFF);
    return to_;
  }

 private:
  char* to_;
  std::uint64_t& bits_;
  int& count_;
};

/// Bits of each symbol's code (Huffman 1952), 0 for those that do not occur; at least two have one.
std::vector<int> code_lengths(std::vector<std::uint32_t> counts, int longest) {
  for (std::size_t i = 0; std::ranges::count(counts, 0U) + 2 > std::ssize(counts); ++i)
    counts[i] = std::max(counts[i], 1U);
  struct Node {
    std::uint32_t count;
    std::size_t symbol;  ///< of a leaf
  };
  for (;;) {
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] > 0) nodes.push_back({counts[i], i});
    const std::size_t leaves = nodes.size();
    std::ranges::stable_sort(nodes, {}, &Node::count);
    // Both the leaves and what joins two come in the order of their counts.
    std::vector<std::size_t> parent(2 * leaves - 1);
    std::size_t leaf = 0, joined = leaves;
    const auto take = [&] {
      const bool is_leaf =
          leaf < leaves && (joined == nodes.size() || nodes[leaf].count <= nodes[joined].count);
      const std::size_t taken = is_leaf ? leaf++ : joined++;
      parent[taken] = nodes.size();
      return nodes[taken].count;
    };
    while (nodes.size() < 2 * leaves - 1) {
      const std::uint32_t one = take(), other = take();
      nodes.push_back({one + other, 0});
    }
    std::vector<int> depth(nodes.size()), out(counts.size());
    for (std::size_t i = nodes.size() - 1; i-- > 0;) depth[i] = depth[parent[i]] + 1;
    for (std::size_t i = 0; i < leaves; ++i) out[nodes[i].symbol] = depth[i];
    if (std::ranges::max(out) <= longest) return out;
    for (std::uint32_t& count : counts) count = (count + 1) / 2;  // flatter
  }
}

/// The codes that belong to such lengths (RFC 1951, 3.2.2).
std::vector<Code> codes_of(const std::vector<int>& lengths) {
  std::vector<Code> out(lengths.size());
  std::uint32_t next = 0;
  for (int length = 1; length <= kLongestCode; ++length, next <<= 1)
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (lengths[i] != length) continue;
      for (int bit = 0; bit < length; ++bit) out[i].bits |= (next >> bit & 1) << (length - 1 - bit);
      out[i].count = length;
      ++next;
    }
  return out;
}

/// The symbol of a run's length, and the bits that follow it.
std::pair<std::size_t, Code> symbol_of_run(std::size_t length) {
  if (length == kLongestRun) return {kSymbols - 1, {}};
  const auto over = static_cast<std::uint32_t>(length - kLeastRun);
  const int extra = std::max(0, static_cast<int>(std::bit_width(over)) - 3);
  return {kFirstLength + 4 * static_cast<std::size_t>(extra) + (over >> extra),
          {over & ((1U << extra) - 1), extra}};
}

std::uint32_t four_bytes(const std::uint8_t* from) {
  std::uint32_t out = 0;
  std::memcpy(&out, from, sizeof out);
  return out;
}

/// Each byte has one before it. `out` is as long as `bytes` at first.
void find_tokens(std::span<const std::uint8_t> bytes, std::vector<Token>& out) {
  out.resize(bytes.size());
  Token* to = out.data();
  const std::uint8_t *at = bytes.data(), *end = at + bytes.size();
  while (at < end) {
    if (end - at < static_cast<std::ptrdiff_t>(kWorthIt) || four_bytes(at) != four_bytes(at - 1)) {
      *to++ = *at++;
      continue;
    }
    const std::uint8_t* last = std::min(end, at + kLongestRun);
    const std::uint8_t* other = std::find_if(at + 4, last, [&](std::uint8_t byte) { return byte != *at; });
    const auto run = static_cast<std::size_t>(other - at);
    if (run >= kWorthIt)
      *to++ = static_cast<Token>(kRun + run);
    else
      to = std::fill_n(to, run, *at);
    at = other;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

/// How often each symbol occurs.
std::vector<std::uint32_t> count_symbols(const std::vector<Token>& tokens) {
  std::array<std::uint32_t, kRun + kLongestRun + 1> counts{}, odd{};
  for (std::size_t i = 0; i + 1 < tokens.size(); i += 2) {
    ++counts[tokens[i]];
    ++odd[tokens[i + 1]];
  }
  if (tokens.size() % 2 == 1) ++counts[tokens.back()];
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += odd[i];
  std::vector<std::uint32_t> out(counts.begin(), counts.begin() + kRun);
  out.resize(kSymbols);
  out[kEnd] = 1;
  for (std::size_t run = kLeastRun; run <= kLongestRun; ++run)
    out[symbol_of_run(run).first] += counts[kRun + run];
  return out;
}

/// The head of a block of its own codes (RFC 1951, 3.2.7): the lengths of `symbols`, and of one distance.
void put_head(bool is_last, std::vector<int> lengths, BitWriter& out) {
  constexpr std::array<std::size_t, 19> kOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                  11, 4,  12, 3, 13, 2, 14, 1, 15};
  lengths.push_back(1);  // of the distance 1, whose code is a 0
  std::vector<std::uint32_t> counts(kOrder.size());
  for (const int length : lengths) ++counts[static_cast<std::size_t>(length)];
  const std::vector<int> of_lengths = code_lengths(counts, kLongestCodeOfLengths);
  const std::vector<Code> codes = codes_of(of_lengths);
  out.put({is_last ? 1U : 0U, 1});
  out.put({2, 2});
  out.put({static_cast<std::uint32_t>(kSymbols - kFirstLength), 5});
  out.put({0, 5});
  out.put({static_cast<std::uint32_t>(kOrder.size() - 4), 4});
  for (const std::size_t i : kOrder) out.put({static_cast<std::uint32_t>(of_lengths[i]), 3});
  for (const int length : lengths) out.put(codes[static_cast<std::size_t>(length)]);
}

void put_tokens(const std::vector<Token>& tokens, bool is_last, BitWriter& out) {
  const std::vector<int> lengths = code_lengths(count_symbols(tokens), kLongestCode);
  const std::vector<Code> codes = codes_of(lengths);
  std::array<Code, kRun + kLongestRun + 1> of_token{};
  std::copy_n(codes.begin(), kRun, of_token.begin());
  for (std::size_t run = kLeastRun; run <= kLongestRun; ++run) {
    const auto [symbol, extra] = symbol_of_run(run);
    const Code length = codes[symbol];
    of_token[kRun + run] = {length.bits | extra.bits << length.count, length.count + extra.count + 1};
  }
  put_head(is_last, lengths, out);
  for (const Token token : tokens) out.put(of_token[token]);
  out.put(codes[kEnd]);
}

}  // namespace

QuickDeflate::QuickDeflate()
    : packed_((kMostHeadBits + kMostTokenBits * (kBlockBytes + 1)) / 8), out_("\x78\x01", 2) {
  block_.reserve(kBlockBytes + 1);
}

void QuickDeflate::add(std::span<const std::uint8_t> bytes) {
  checksum_ = libdeflate_adler32(checksum_, bytes.data(), bytes.size());
  // The first byte of all repeats none.
  if (block_.empty() && !bytes.empty()) block_.push_back(static_cast<std::uint8_t>(~bytes.front()));
  while (!bytes.empty()) {
    const std::size_t fitting = std::min(bytes.size(), kBlockBytes + 1 - block_.size());
    block_.insert(block_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(fitting));
    bytes = bytes.subspan(fitting);
    if (block_.size() == kBlockBytes + 1) put_block(false);
  }
}

void QuickDeflate::put_block(bool is_last) {
  if (block_.empty()) block_.push_back(0);
  find_tokens(std::span(block_).subspan(1), tokens_);
  BitWriter writer(packed_.data(), bits_, bit_count_);
  put_tokens(tokens_, is_last, writer);
  if (is_last) writer.fill_last_byte();
  out_.append(packed_.data(), writer.end());
  block_.front() = block_.back();
  block_.resize(1);
}

std::string QuickDeflate::finish() {
  put_block(true);
  return out_ + big_endian(checksum_, 4);
}

}  // namespace understudy::dataset
