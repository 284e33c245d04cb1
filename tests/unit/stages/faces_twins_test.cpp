#include "understudy/stages/faces_twins.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace understudy::stages {
namespace {

/// Looks of unit length around a few others, so that there are near ones and far ones.
Twins::Looks drawn_looks(std::size_t count) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  Twins::Looks out(count);
  for (std::size_t i = 0; i < count; ++i) {
    FaceLook look{};
    const float apart = i % 3 == 0 ? 1.F : 0.03F;
    float length = 0;
    for (std::size_t k = 0; k < FaceLook::kNumbers; ++k) {
      const float base = i % 3 == 0 ? 0.F : out[i - i % 3]->numbers[k];
      look.numbers[k] = base + apart * normal(random) / static_cast<float>(k + 1);
      length += look.numbers[k] * look.numbers[k];
    }
    for (float& number : look.numbers) number /= std::sqrt(length);
    out[i] = look;
  }
  return out;
}

TEST(Twins, FindsWhatComparingWithAllFinds) {
  const Twins::Looks looks = drawn_looks(3000);
  for (const double threshold : {0.0, 0.02, 0.1, 0.5, 2.0}) {
    Twins twins(looks, threshold);
    std::size_t with_twin = 0;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      std::optional<std::size_t> expected;
      for (const std::size_t other : twins.kept())
        if (!expected && distance(*looks[i], *looks[other]) < threshold) expected = other;
      ASSERT_EQ(twins.of(i), expected) << threshold << " " << i;
      expected ? void(++with_twin) : twins.keep(i);
    }
    EXPECT_EQ(twins.kept().size() + with_twin, looks.size());
    EXPECT_EQ(with_twin > 0, threshold > 0);
    if (threshold == 0.1) {
      EXPECT_GT(twins.kept().size(), looks.size() / 10);
    }
  }
}

TEST(Twins, KnowsFacesWithoutALook) {
  Twins::Looks looks = drawn_looks(6);
  looks[0].reset();
  Twins twins(looks, 0.1);
  twins.keep(1);
  EXPECT_EQ(twins.of(1), 1U);
}

}  // namespace
}  // namespace understudy::stages
