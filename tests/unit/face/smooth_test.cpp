#include "understudy/face/smooth.h"

#include <gtest/gtest.h>

#include <vector>

namespace understudy::face {
namespace {

TEST(SmoothTrack, SteadiesMapsAsItDoesLandmarks) {
  const std::vector<std::int64_t> frames = {1, 2, 3, 4, 5, 9};
  std::vector<Affine> maps(6, Affine(1, 0, 0, 0, 1, 0));
  maps[2](0, 2) = 1;
  maps[5](0, 2) = 7;
  const std::vector<Affine> steady = smooth_track(frames, maps, 1);
  EXPECT_LT(steady[2](0, 2), 0.5);
  EXPECT_GT(steady[3](0, 2), 0);
  EXPECT_EQ(steady[5](0, 2), 7);  // alone
  EXPECT_EQ(smooth_track(frames, maps, 0)[2](0, 2), 1);
}

}  // namespace
}  // namespace understudy::face
