#include "understudy/model/picture_match.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "drawn_faces.h"
#include "understudy/model/window.h"

namespace understudy::model {
namespace {

torch::Tensor faces(std::int64_t count, std::int64_t px) {
  const DrawnFaces drawn(static_cast<std::size_t>(count), 0.5, px);
  std::vector<torch::Tensor> out;
  for (std::int64_t i = 0; i < count; ++i)
    out.push_back(drawn.load(static_cast<std::size_t>(i)).image_hwc.permute({2, 0, 1}).to(torch::kFloat32));
  return torch::stack(out) / 255;
}

torch::Tensor map_of(double turn, double scale, double x, double y) {
  const double c = scale * std::cos(turn), s = scale * std::sin(turn);
  return torch::tensor({c, -s, x, s, c, y}, torch::kFloat32).view({2, 3});
}

TEST(PictureMatch, FindsHowOnePictureLiesToTheOther) {
  const torch::Tensor wanted =
      torch::stack({map_of(0, 1, 0, 0), map_of(0.05, 1, 0, 0), map_of(-0.02, 1.04, 0.06, -0.04),
                    map_of(0.03, 0.97, -0.08, 0.02)});
  for (const std::int64_t px : {48, 96}) {
    const torch::Tensor moving = faces(4, px), still = sampled(moving, wanted, px);
    const torch::Tensor found = similarity_between(still, moving, torch::ones({4, 1, px, px}));
    EXPECT_LT((found - wanted).abs().max().item<double>(), 0.01) << px << "\n" << found - wanted;
  }
}

TEST(PictureMatch, IsNotMisledByLight) {
  const std::int64_t px = 96;
  const torch::Tensor wanted = map_of(0.03, 1, 0.04, 0.03).unsqueeze(0);
  const torch::Tensor moving = faces(1, px);
  const torch::Tensor side = torch::linspace(-0.4, 0.4, px).view({1, 1, 1, px});
  const torch::Tensor still = sampled(moving, wanted, px) + side;
  EXPECT_LT(
      (similarity_between(still, moving, torch::ones({1, 1, px, px})) - wanted).abs().max().item<double>(),
      0.02);
}

TEST(PictureMatch, StaysWhereThereIsNothingToSee) {
  const torch::Tensor here = map_of(0, 1, 0, 0).unsqueeze(0), ones = torch::ones({1, 1, 32, 32});
  const torch::Tensor flat = torch::full({1, 3, 32, 32}, 0.4f), noise = torch::rand({1, 3, 32, 32});
  EXPECT_TRUE(torch::allclose(similarity_between(flat, flat, ones), here, 0, 1e-5));
  EXPECT_TRUE(torch::allclose(similarity_between(noise, flat, ones * 0), here, 0, 1e-5));
  const torch::Tensor far = similarity_between(noise, torch::rand({1, 3, 32, 32}), ones);
  EXPECT_LE((far - here).abs().max().item<double>(), 0.2 + 1e-6);
  EXPECT_TRUE(far.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace understudy::model
