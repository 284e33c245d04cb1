#include "understudy/provenance/watermark/bch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace understudy::provenance {
namespace {

constexpr int kParityBits = kCodeBits - kMessageBits;
constexpr int kSyndromes = 2 * kCorrectable;
using Element = std::uint8_t;  // of the field of 128 elements

/// The field of 128 elements over x^7 + x^3 + 1. 127 is a prime, so that every element but 0 and 1 makes all.
struct Field {
  std::array<Element, 2 * kCodeBits> power{};
  std::array<int, 128> log{};

  Field() {
    unsigned value = 1;
    for (int i = 0; i < kCodeBits; ++i) {
      power[static_cast<std::size_t>(i)] = power[static_cast<std::size_t>(i + kCodeBits)] =
          static_cast<Element>(value);
      log[value] = i;
      value <<= 1;
      if ((value & 0x80U) != 0) value ^= 0x89U;
    }
  }
  Element at(int exponent) const { return power[static_cast<std::size_t>(exponent % kCodeBits)]; }
  Element times(Element a, Element b) const {
    return a == 0 || b == 0 ? Element{0} : power[static_cast<std::size_t>(log[a] + log[b])];
  }
  Element divided(Element a, Element b) const {
    return a == 0 ? Element{0} : power[static_cast<std::size_t>(log[a] + kCodeBits - log[b])];
  }
};

const Field& field() {
  static const Field made;
  return made;
}

/// The product of (x - a^i) over all i that are a power of 2 times 1 to 20: bit i is the coefficient of x^i.
std::uint64_t make_generator() {
  std::bitset<kCodeBits> is_root;
  for (int i = 1; i <= kSyndromes; ++i)
    for (int j = 0, exponent = i; j < 7; ++j, exponent = exponent * 2 % kCodeBits)
      is_root.set(static_cast<std::size_t>(exponent));
  std::vector<Element> product{1};
  for (int i = 0; i < kCodeBits; ++i) {
    if (!is_root[static_cast<std::size_t>(i)]) continue;
    product.push_back(0);
    for (std::size_t k = product.size() - 1; k > 0; --k)
      product[k] = static_cast<Element>(product[k - 1] ^ field().times(product[k], field().at(i)));
    product[0] = field().times(product[0], field().at(i));
  }
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < product.size(); ++k) bits |= std::uint64_t{product[k]} << k;
  return bits;
}

using Syndromes = std::array<Element, kSyndromes>;

/// The syndromes of one wrong bit, for each place.
const std::array<Syndromes, kCodeBits>& bit_syndromes() {
  static const auto made = [] {
    std::array<Syndromes, kCodeBits> out{};
    for (int bit = 0; bit < kCodeBits; ++bit)
      for (int i = 0; i < kSyndromes; ++i)
        out[static_cast<std::size_t>(bit)][static_cast<std::size_t>(i)] = field().at(bit * (i + 1));
    return out;
  }();
  return made;
}

void add_to(Syndromes& sum, const Syndromes& one) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] ^= one[i];
}

Syndromes syndromes_of(const CodeWord& word) {
  Syndromes sum{};
  for (std::size_t bit = 0; bit < word.size(); ++bit)
    if (word[bit]) add_to(sum, bit_syndromes()[bit]);
  return sum;
}

struct Locator {
  std::array<Element, kSyndromes + 2> terms{1};
  int degree = 0;
};

/// The shortest polynomial whose roots tell the wrong bits (Berlekamp 1968, Massey 1969).
Locator find_locator(const Syndromes& syndromes) {
  Locator locator;
  std::array<Element, kSyndromes + 2> last{1};
  Element last_discrepancy = 1;
  int since = 1;
  for (int n = 0; n < kSyndromes; ++n) {
    Element discrepancy = syndromes[static_cast<std::size_t>(n)];
    for (int i = 1; i <= std::min(locator.degree, n); ++i)
      discrepancy ^= field().times(locator.terms[static_cast<std::size_t>(i)],
                                   syndromes[static_cast<std::size_t>(n - i)]);
    if (discrepancy == 0) {
      ++since;
      continue;
    }
    const auto before = locator.terms;
    const Element factor = field().divided(discrepancy, last_discrepancy);
    for (std::size_t i = static_cast<std::size_t>(since); i < last.size(); ++i)
      locator.terms[i] ^= field().times(factor, last[i - static_cast<std::size_t>(since)]);
    if (2 * locator.degree > n) {
      ++since;
      continue;
    }
    locator.degree = n + 1 - locator.degree;
    last = before;
    last_discrepancy = discrepancy;
    since = 1;
  }
  return locator;
}

/// The wrong bits, by trying every place; nothing unless there are as many as the locator says.
std::optional<CodeWord> wrong_bits(const Locator& locator) {
  CodeWord wrong;
  for (int bit = 0; bit < kCodeBits; ++bit) {
    Element sum = 1;
    for (int i = 1; i <= locator.degree; ++i)
      sum ^= field().times(locator.terms[static_cast<std::size_t>(i)], field().at((kCodeBits - bit) * i));
    if (sum == 0) wrong.set(static_cast<std::size_t>(bit));
  }
  if (static_cast<int>(wrong.count()) != locator.degree) return std::nullopt;
  return wrong;
}

std::optional<CodeWord> decode(const CodeWord& received, const Syndromes& syndromes) {
  const Locator locator = find_locator(syndromes);
  if (locator.degree > kCorrectable) return std::nullopt;
  const std::optional<CodeWord> wrong = wrong_bits(locator);
  if (!wrong) return std::nullopt;
  return received ^ *wrong;
}

/// Which values are nearest to 0, nearest first.
std::vector<std::size_t> least_sure(std::span<const float> soft, int count) {
  std::vector<std::size_t> order(soft.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(soft[a]) < std::abs(soft[b]); });
  order.resize(static_cast<std::size_t>(count));
  return order;
}

}  // namespace

CodeWord bch_encode(std::uint64_t message) {
  static const std::uint64_t generator = make_generator();
  CodeWord word(message);
  word <<= kParityBits;
  CodeWord rest = word;
  for (int bit = kCodeBits - 1; bit >= kParityBits; --bit)
    if (rest[static_cast<std::size_t>(bit)])
      rest ^= CodeWord(generator) << static_cast<std::size_t>(bit - kParityBits);
  return word | rest;
}

std::optional<CodeWord> bch_decode(const CodeWord& received) {
  return decode(received, syndromes_of(received));
}

std::uint64_t bch_message(const CodeWord& word) {
  return (word >> kParityBits).to_ullong();
}

double bch_agreement(const CodeWord& word, std::span<const float> soft) {
  double sum = 0;
  for (std::size_t i = 0; i < soft.size(); ++i) sum += word[i] ? soft[i] : -soft[i];
  return sum;
}

std::vector<CodeWord> bch_decode_soft(std::span<const float> soft, int flipped) {
  CodeWord signs;
  for (std::size_t i = 0; i < soft.size(); ++i) signs[i] = soft[i] > 0;
  const Syndromes syndromes = syndromes_of(signs);
  const std::vector<std::size_t> unsure = least_sure(soft, flipped);
  std::vector<CodeWord> found;
  for (unsigned pattern = 0; pattern < (1U << flipped); ++pattern) {
    CodeWord tried = signs;
    Syndromes sum = syndromes;
    for (int i = 0; i < flipped; ++i) {
      if ((pattern >> i & 1U) == 0) continue;
      const std::size_t bit = unsure[static_cast<std::size_t>(i)];
      tried.flip(bit);
      add_to(sum, bit_syndromes()[bit]);
    }
    const std::optional<CodeWord> word = decode(tried, sum);
    if (word && std::find(found.begin(), found.end(), *word) == found.end()) found.push_back(*word);
  }
  std::stable_sort(found.begin(), found.end(), [&](const CodeWord& a, const CodeWord& b) {
    return bch_agreement(a, soft) > bch_agreement(b, soft);
  });
  return found;
}

}  // namespace understudy::provenance
