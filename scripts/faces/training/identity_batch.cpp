#include "identity_batch.h"

#include <array>

#include "networks.h"
#include "paste.h"
#include "photograph.h"
#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::faces {
namespace {

constexpr double kLandmarkError = 0.05;  // deviation, in distances of the eyes
constexpr double kTurned = 0.42;         // the nose's least direction to the camera: 65 degrees are shown
constexpr int kNoseZ = 2;
constexpr std::int64_t kGrounds = 16;  // backgrounds of a batch: little is seen of them
const PhotographRule kPhotograph{1.0, 0.05, {2}, 0.1};

// As vision/embedder.cpp has them: eyes, nose tip and mouth corners in a picture of 112 pixels.
constexpr double kTemplateSide = 112;
const std::vector<double> kTemplate = {38.2946, 51.6963, 73.5318, 51.5014, 56.0252,
                                       71.7366, 41.5493, 92.3655, 70.7299, 92.2041};

/// count sprites: kViewsOfEach of each of people drawn without repetition.
torch::Tensor drawn_sprites(const Pack& pack, const Draw& draw) {
  const std::int64_t people = pack.person.max().item<std::int64_t>() + 1,
                     wanted = draw.count() / kViewsOfEach;
  if (people < wanted)
    throw Error(ErrorCode::kInput,
                text("the pack shows ", people, " people, a batch of ", draw.count(), " needs ", wanted));
  const torch::Tensor chosen = at::randperm(people, draw.options().dtype(at::kLong)).narrow(0, 0, wanted);
  const torch::Tensor usable = pack.head.select(1, kNoseZ) < -kTurned;
  const torch::Tensor theirs = (chosen.unsqueeze(1) == pack.person.unsqueeze(0)) & usable.unsqueeze(0);
  // The largest of random numbers: sprites of the person without repetition, others only where there is none.
  const torch::Tensor order = at::rand(theirs.sizes(), draw.options()) + theirs;
  return std::get<1>(order.topk(kViewsOfEach, 1)).flatten();
}

/// The similarity that brings the points nearest to the template's.
View view_of_identity(const torch::Tensor& landmarks, const Draw& draw) {
  const double scale = static_cast<double>(kIdentitySide) / kTemplateSide;
  torch::Tensor points = five_points(landmarks);
  const torch::Tensor target =
      ((at::tensor(kTemplate, draw.options()).view({5, 2}) + 0.5) * scale - 0.5).unsqueeze(0);
  const torch::Tensor size = (points - points.mean(1, true)).square().sum(2).mean(1).sqrt().view({-1, 1, 1});
  points = points + at::randn_like(points) * size * (kLandmarkError * 1.4);
  const torch::Tensor from = points.mean(1, true), to = target.mean(1, true);
  const torch::Tensor p = points - from, q = target - to;
  const torch::Tensor length = p.square().sum({1, 2});
  const torch::Tensor a = (p * q).sum({1, 2}) / length;
  const torch::Tensor b = (p.select(2, 0) * q.select(2, 1) - p.select(2, 1) * q.select(2, 0)).sum(1) / length;
  View view;
  view.scale = (a.square() + b.square()).rsqrt();
  view.cosine = a * view.scale;
  view.sine = -b * view.scale;
  view.sprite_x = from.select(2, 0).flatten();
  view.sprite_y = from.select(2, 1).flatten();
  view.picture_x = to.select(2, 0).flatten().expand_as(view.scale);
  view.picture_y = to.select(2, 1).flatten().expand_as(view.scale);
  return view;
}

}  // namespace

IdentityBatch identity_batch(const Pack& pack, std::int64_t count) {
  const Draw draw(count / kViewsOfEach * kViewsOfEach, pack.device());
  const torch::Tensor sprites = drawn_sprites(pack, draw);
  const View view = view_of_identity(pack.landmarks.index_select(0, sprites), draw);
  const torch::Tensor grid = sampling_grid(view, pack.side(), kIdentitySide, kIdentitySide);
  const torch::Tensor views = sprite_views(sprite_pictures(pack, 0, sprites), grid);
  const torch::Tensor colour = relit(views.narrow(1, 0, 3), draw);
  const torch::Tensor behind =
      background_views(pack, Draw(kGrounds, pack.device()), kIdentitySide, kIdentitySide);
  const torch::Tensor scene =
      over(behind.index_select(0, draw.index(kGrounds)), colour, views.narrow(1, 3, 1));
  const torch::Tensor pictures = network_input(photographed(scene, draw, kPhotograph));
  const torch::Tensor mirrored = for_pictures(draw.chance(0.5));
  return {at::where(mirrored, pictures.flip(3), pictures), pack.person.index_select(0, sprites)};
}

}  // namespace understudy::faces
