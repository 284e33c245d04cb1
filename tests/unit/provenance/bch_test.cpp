#include "understudy/provenance/watermark/bch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace understudy::provenance {
namespace {

CodeWord with_errors(CodeWord word, int count, std::mt19937_64& random) {
  std::vector<std::size_t> places(kCodeBits);
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::ranges::shuffle(places, random);
  for (int i = 0; i < count; ++i) word.flip(places[static_cast<std::size_t>(i)]);
  return word;
}

TEST(Bch, EveryBitOfAMessageStandsInItsWord) {
  EXPECT_EQ(bch_encode(0).count(), 0u);
  for (int bit = 0; bit < kMessageBits; ++bit) {
    const std::uint64_t message = std::uint64_t{1} << bit;
    EXPECT_EQ(bch_message(bch_encode(message)), message);
    EXPECT_GE(bch_encode(message).count(), 21u) << "words differ in at least 21 bits";
  }
}

TEST(Bch, EveryOneAndEveryTwoWrongBitsAreMended) {
  const CodeWord word = bch_encode(0x0123456789abcdefU);
  for (std::size_t a = 0; a < kCodeBits; ++a)
    for (std::size_t b = a; b < kCodeBits; ++b) {
      CodeWord received = word;
      received.flip(a);
      if (b != a) received.flip(b);
      ASSERT_EQ(bch_decode(received), word) << a << " " << b;
    }
}

TEST(Bch, UpToTenWrongBitsAreMended) {
  std::mt19937_64 random(1);
  for (int wrong = 0; wrong <= kCorrectable; ++wrong)
    for (int i = 0; i < 500; ++i) {
      const CodeWord word = bch_encode(random());
      ASSERT_EQ(bch_decode(with_errors(word, wrong, random)), word) << wrong;
    }
}

TEST(Bch, MoreAreNeverMendedToTheWordThatWasSent) {
  std::mt19937_64 random(2);
  for (int wrong = kCorrectable + 1; wrong <= 20; ++wrong)
    for (int i = 0; i < 100; ++i) {
      const CodeWord word = bch_encode(random());
      const CodeWord received = with_errors(word, wrong, random);
      const auto decoded = bch_decode(received);
      if (!decoded) continue;
      ASSERT_NE(*decoded, word);
      ASSERT_LE((*decoded ^ received).count(), static_cast<std::size_t>(kCorrectable));
      ASSERT_EQ(bch_encode(bch_message(*decoded)), *decoded) << "it is a word of the code";
    }
}

std::vector<float> noisy(const CodeWord& word, double noise, std::mt19937_64& random) {
  std::normal_distribution<float> normal(0, static_cast<float>(noise));
  std::vector<float> soft;
  for (std::size_t i = 0; i < word.size(); ++i) soft.push_back((word[i] ? 1.0F : -1.0F) + normal(random));
  return soft;
}

CodeWord signs_of(const std::vector<float>& soft) {
  CodeWord out;
  for (std::size_t i = 0; i < soft.size(); ++i) out[i] = soft[i] > 0;
  return out;
}

TEST(Bch, SureBitsHelpBeyondTen) {
  std::mt19937_64 random(3);
  int hard = 0, soft_read = 0;
  constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    const CodeWord word = bch_encode(random());
    const std::vector<float> soft = noisy(word, 0.78, random);  // about 10 % wrong, 12.7 bits
    hard += bch_decode(signs_of(soft)) == word;
    const auto found = bch_decode_soft(soft, 8);
    soft_read += !found.empty() && found.front() == word;
    for (std::size_t k = 1; k < found.size(); ++k)
      EXPECT_GE(bch_agreement(found[k - 1], soft), bch_agreement(found[k], soft));
  }
  EXPECT_GT(hard, 0);
  EXPECT_GT(soft_read, 2 * hard);
}

TEST(Bch, WithoutNoiseSoftIsHard) {
  std::mt19937_64 random(4);
  const CodeWord word = bch_encode(random());
  const auto found = bch_decode_soft(noisy(word, 0.01, random), 4);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front(), word);
  EXPECT_NEAR(bch_agreement(word, noisy(word, 0, random)), kCodeBits, 1e-6);
}

}  // namespace
}  // namespace understudy::provenance
