#include "understudy/model/pose_match.h"

#include <gmock/gmock.h>
#include <torch/types.h>

namespace understudy::model {
namespace {

constexpr std::int64_t kCount = 41;

/// Faces turned evenly between two yaws, whose codes are a place of the person's own and a bent way over yaw.
PoseStatistics turning(double from_deg, double to_deg, double person) {
  const torch::Tensor yaw = at::linspace(from_deg, to_deg, kCount, torch::kFloat32);
  PoseStatistics statistics;
  statistics.centre = at::zeros({1, 2});
  statistics.pose = at::stack({yaw, at::zeros_like(yaw)}, 1);
  const torch::Tensor way = yaw / 10 + (yaw / 30).square();
  statistics.codes = at::stack({way + person, -2 * way, at::full_like(way, -person)}, 1);
  return statistics;
}

torch::Tensor offset_at(double yaw_deg, const PoseStatistics& own, const PoseStatistics& other) {
  FaceBatch face;
  face.pose = torch::tensor({{yaw_deg, 0.0}}, torch::kFloat32);
  AugmentConfig config;
  config.code_shift = 1;
  at::Generator random = seeded_generator(1);
  return match_by_pose(face, own, other, window_in("whole"), config, random).code_offset;
}

TEST(PoseMatch, LevelledCodesDifferByThePersonWhereTheOtherHasNoSuchPose) {
  PoseStatistics own = turning(-45, 45, 1), other = turning(-10, 30, 3);
  const torch::Tensor expected = torch::tensor({{2.0, 0.0, -2.0}}, torch::kFloat32);
  const auto error = [&](double yaw) {
    return (offset_at(yaw, own, other) - expected).abs().max().item<double>();
  };
  EXPECT_GT(error(-45), 2);  // what codes as they are would say: the other's way to its nearest pose
  level_codes({&own, &other});
  for (const double yaw : {-45, -20, 0, 20, 45}) EXPECT_LT(error(yaw), 0.5) << yaw;
}

/// Gives everybody a mouth that is open whenever the head is turned so, and codes that know it.
void open_mouth(PoseStatistics& person, double when_turned_to_deg) {
  const torch::Tensor yaw = person.pose.select(1, 0);
  const torch::Tensor open = at::exp((yaw - when_turned_to_deg).square() / -50);
  person.landmarks = at::linspace(0.2, 0.8, 68 * 2, torch::kFloat32).view({1, 68, 2}).repeat({kCount, 1, 1});
  for (const int lower : {65, 66, 67}) person.landmarks.select(1, lower).select(1, 1) += open * 0.1;
  person.codes = person.codes + at::stack({0 * open, 0 * open, 4 * open}, 1);
}

TEST(PoseMatch, LevelledCodesDoNotDifferByWhatSomebodyDidInAPose) {
  PoseStatistics own = turning(-30, 30, 1), other = turning(-30, 30, 3);
  open_mouth(own, -15);
  open_mouth(other, 15);
  const torch::Tensor expected = torch::tensor({{2.0, 0.0, -2.0}}, torch::kFloat32);
  const auto error = [&](double yaw) {
    return (offset_at(yaw, own, other) - expected).abs().max().item<double>();
  };
  EXPECT_GT(error(15), 1.5);
  level_codes({&own, &other});
  for (const double yaw : {-15, 0, 15}) EXPECT_LT(error(yaw), 0.7) << yaw;
}

TEST(PoseMatch, LevelledCodesStayWhereNobodyTurns) {
  PoseStatistics own = turning(5, 5, 1), other = turning(5, 5, 3);
  const torch::Tensor before = offset_at(5, own, other);
  level_codes({&own, &other});
  EXPECT_TRUE(torch::allclose(offset_at(5, own, other), before, 0, 1e-5));
}

}  // namespace
}  // namespace understudy::model
