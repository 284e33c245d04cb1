#include "face_batch.h"

#include <numbers>

#include "networks.h"
#include "paste.h"
#include "photograph.h"

namespace understudy::faces {
namespace {

constexpr double kViewSides = 1.5;  // the picture's side in sides of the face's box
constexpr double kHiddenWeight = 0.3;
constexpr double kBehind = 0.25, kBeside = 0.15,
                 kShape = 0.3;      // shares of the pictures with other things in them
constexpr double kMostOutside = 4;  // pixels
constexpr float kInFront = 3;       // the class of what lies in front of the face

const PhotographRule kPhotograph{1.8, 0.06, {2, 3, 5}, 0.08};

struct Scene {
  torch::Tensor colour;   // count x 3 x side x side
  torch::Tensor classes;  // count x 1 x side x side
};

torch::Tensor turns(const Draw& draw) {
  const torch::Tensor little = draw.normal(12), much = draw.uniform(-60, 60);
  return at::where(draw.chance(0.35), much, little) * (std::numbers::pi / 180);
}

/// The square around the turned face, missed as by a detector.
View view_of_face(const torch::Tensor& landmarks, const Draw& draw) {
  View view;
  const torch::Tensor turn = turns(draw);
  view.cosine = turn.cos();
  view.sine = turn.sin();
  view.scale = at::ones_like(turn);
  view.sprite_x = view.sprite_y = view.picture_x = view.picture_y = at::zeros_like(turn);
  const torch::Tensor upright = in_picture(view, landmarks);
  const torch::Tensor low = upright.amin(1), high = upright.amax(1);
  const torch::Tensor side = (high - low).amax(1);
  const torch::Tensor off = at::randn({draw.count(), 2}, draw.options()) * 0.06 * side.unsqueeze(1);
  const torch::Tensor centre = (low + high) / 2 + off;
  const torch::Tensor x = centre.select(1, 0), y = centre.select(1, 1);
  view.sprite_x = view.cosine * x - view.sine * y;
  view.sprite_y = view.sine * x + view.cosine * y;
  view.picture_x = view.picture_y = at::full_like(turn, (kFaceSide - 1) / 2.0);
  view.scale = side * (kViewSides / kFaceSide) * draw.normal(0.1).exp();
  return view;
}

/// Another head, its middle about a face's width away.
View view_beside(const Pack& pack, const Draw& draw) {
  View view;
  const torch::Tensor turn = draw.normal(0.3), direction = draw.uniform(0, 2 * std::numbers::pi);
  const torch::Tensor distance = draw.uniform(0.55, 0.9) * kFaceSide;
  view.cosine = turn.cos();
  view.sine = turn.sin();
  view.scale = draw.log_uniform(0.7, 1.8);
  view.sprite_x = view.sprite_y = at::full_like(turn, static_cast<double>(pack.side()) / 2);
  view.picture_x = direction.cos() * distance + kFaceSide / 2;
  view.picture_y = direction.sin() * distance + kFaceSide / 2;
  return view;
}

torch::Tensor lit_colour(const torch::Tensor& views, const Draw& draw) {
  return recoloured(relit(views.narrow(1, 0, 3), draw), draw, 0.5);
}

void paste_behind(const Pack& pack, const Draw& draw, Scene& scene) {
  const torch::Tensor grid = sampling_grid(view_beside(pack, draw), pack.side(), kFaceSide, kFaceSide);
  const torch::Tensor views = sprite_views(sprite_pictures(pack, 0, draw.index(pack.sprites())), grid);
  const torch::Tensor opacity = views.narrow(1, 3, 1) * for_pictures(draw.chance(kBehind));
  scene.colour = over(scene.colour, lit_colour(views, draw), opacity);
}

void paste_face(const Pack& pack, const Draw& draw, const torch::Tensor& sprites, const View& view,
                Scene& scene) {
  const torch::Tensor grid = sampling_grid(view, pack.side(), kFaceSide, kFaceSide);
  const torch::Tensor views = sprite_views(sprite_pictures(pack, 0, sprites), grid);
  const torch::Tensor opacity = views.narrow(1, 3, 1);
  scene.colour = over(scene.colour, lit_colour(views, draw), opacity);
  scene.classes = class_views(pack, sprites, grid, opacity);
}

/// What lies over the person is in front of the face, what lies beside the person is background.
void cover(const torch::Tensor& colour, const torch::Tensor& opacity, Scene& scene) {
  scene.colour = over(scene.colour, colour, opacity);
  const torch::Tensor covered = (opacity > 0.5) & (scene.classes > 0);
  scene.classes = at::where(covered, at::full_like(scene.classes, kInFront), scene.classes);
}

void paste_beside(const Pack& pack, const Draw& draw, Scene& scene) {
  const torch::Tensor grid = sampling_grid(view_beside(pack, draw), pack.side(), kFaceSide, kFaceSide);
  const torch::Tensor views = sprite_views(sprite_pictures(pack, 0, draw.index(pack.sprites())), grid);
  cover(lit_colour(views, draw), views.narrow(1, 3, 1) * for_pictures(draw.chance(kBeside)), scene);
}

/// count x 1 x side x side: an ellipse or a rounded box, long or round, with an edge sharp or soft.
torch::Tensor shape_opacity(const Draw& draw) {
  const torch::Tensor angle = for_pictures(draw.uniform(0, std::numbers::pi));
  const torch::Tensor at = at::arange(kFaceSide, draw.options());
  const torch::Tensor x = at.view({1, 1, 1, -1}) - for_pictures(draw.uniform(0, kFaceSide));
  const torch::Tensor y = at.view({1, 1, -1, 1}) - for_pictures(draw.uniform(0, kFaceSide));
  const torch::Tensor across = draw.log_uniform(3, 30);
  const torch::Tensor along = across * draw.log_uniform(1, 6);
  const torch::Tensor p = ((x * angle.cos() + y * angle.sin()) / for_pictures(along)).abs();
  const torch::Tensor q = ((y * angle.cos() - x * angle.sin()) / for_pictures(across)).abs();
  const torch::Tensor round = (p.square() + q.square()).sqrt(), square = at::maximum(p, q);
  const torch::Tensor distance = at::where(for_pictures(draw.chance(0.5)), round, square);
  const torch::Tensor edge = for_pictures(draw.log_uniform(0.5, 4) / across);
  return ((1 - distance) / edge).sigmoid() * for_pictures(draw.chance(kShape));
}

/// Of one colour, of the colours of somebody's skin, or a piece of a background.
torch::Tensor shape_colour(const Pack& pack, const Draw& draw, const Scene& scene) {
  const torch::Tensor plain = at::rand({draw.count(), 3, 1, 1}, draw.options()).expand_as(scene.colour);
  const torch::Tensor skin = scene.colour.narrow(2, 48, 32).narrow(3, 48, 32).mean({2, 3}, true).roll(1, 0);
  const torch::Tensor piece = background_views(pack, draw, kFaceSide, kFaceSide);
  const torch::Tensor smooth = at::where(for_pictures(draw.chance(0.5)), plain, skin.expand_as(plain));
  return relit(at::where(for_pictures(draw.chance(0.4)), piece, smooth), draw);
}

torch::Tensor landmark_weights(const torch::Tensor& landmarks, const torch::Tensor& visible,
                               const Scene& scene) {
  const torch::Tensor nearest = landmarks.round().clamp(0, kFaceSide - 1).to(at::kLong);
  const torch::Tensor places = nearest.select(2, 1) * kFaceSide + nearest.select(2, 0);
  const torch::Tensor seen = visible * (scene.classes.flatten(1).gather(1, places) != kInFront);
  const torch::Tensor inside =
      ((landmarks > -kMostOutside) & (landmarks < kFaceSide - 1 + kMostOutside)).all(2);
  return (seen * (1 - kHiddenWeight) + kHiddenWeight) * inside;
}

torch::Tensor class_shares(const torch::Tensor& classes) {
  const torch::Tensor number = at::arange(kClasses, classes.options()).view({1, -1, 1, 1});
  return at::avg_pool2d((classes == number).to(at::kFloat), {kFaceSide / kClassSide, kFaceSide / kClassSide});
}

torch::Tensor turned_head(const torch::Tensor& head, const View& view) {
  const torch::Tensor v = head.view({-1, 2, 3});
  const torch::Tensor c = view.cosine.unsqueeze(1), s = view.sine.unsqueeze(1);
  const torch::Tensor x = v.select(2, 0), y = v.select(2, 1);
  return at::stack({c * x + s * y, c * y - s * x, v.select(2, 2)}, 2).flatten(1);
}

/// Half of the pictures.
void mirror(const Pack& pack, const Draw& draw, FaceBatch& batch) {
  const torch::Tensor chosen = draw.chance(0.5);
  const auto where = [&](const torch::Tensor& changed, torch::Tensor& value) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(value.dim()), 1);
    shape[0] = -1;
    value = at::where(chosen.view(shape), changed, value);
  };
  torch::Tensor landmarks = batch.landmarks.index_select(1, pack.mirrored);
  landmarks.select(2, 0).neg_().add_(kFaceSide - 1);
  torch::Tensor head = batch.head.clone();
  for (const std::int64_t turned : {0, 4, 5}) head.select(1, turned).neg_();
  where(batch.pictures.flip(3), batch.pictures);
  where(landmarks, batch.landmarks);
  where(batch.weights.index_select(1, pack.mirrored), batch.weights);
  where(batch.classes.flip(3), batch.classes);
  where(head, batch.head);
}

}  // namespace

FaceBatch face_batch(const Pack& pack, std::int64_t count) {
  const Draw draw(count, pack.device());
  const torch::Tensor sprites = draw.index(pack.sprites());
  const torch::Tensor landmarks = pack.landmarks.index_select(0, sprites);
  const View view = view_of_face(landmarks, draw);
  Scene scene{background_views(pack, draw, kFaceSide, kFaceSide), {}};
  paste_behind(pack, draw, scene);
  paste_face(pack, draw, sprites, view, scene);
  paste_beside(pack, draw, scene);
  cover(shape_colour(pack, draw, scene), shape_opacity(draw), scene);
  FaceBatch out;
  out.pictures = network_input(photographed(scene.colour, draw, kPhotograph));
  out.landmarks = in_picture(view, landmarks);
  out.weights = landmark_weights(out.landmarks, pack.visible.index_select(0, sprites), scene);
  out.classes = class_shares(scene.classes);
  out.head = turned_head(pack.head.index_select(0, sprites), view);
  mirror(pack, draw, out);
  return out;
}

}  // namespace understudy::faces
