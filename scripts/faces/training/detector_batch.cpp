#include "detector_batch.h"

#include <array>
#include <numbers>

#include "paste.h"
#include "photograph.h"

namespace understudy::faces {
namespace {

const PhotographRule kPhotograph{0.9, 0.03, {2}, 0.05, 0.5};

/// One face a picture, at most. Each slot has its own sizes, so that a batch reads one level of sprites. A
/// picture shows the face of one of the first two slots, the first a close-up, of which nothing is to be
/// taken for a face but the whole; or up to one of each other slot, side by side: faces seldom hide each
/// other.
struct Slot {
  double low_px, high_px;  // of the box's side
  double share;            // of the pictures that may have one
  int level;
};
constexpr std::array<Slot, 5> kSlots = {
    {{170, 420, 1.0, 0}, {80, 170, 1.0, 0}, {38, 84, 0.6, 0}, {20, 40, 0.6, 1}, {11, 22, 0.6, 2}}};
constexpr std::size_t kAlone = 2;                                // slots whose faces stand alone
constexpr std::array<double, kAlone> kAloneUpTo = {0.12, 0.42};  // of the pictures, added up
constexpr double kSpriteRecoloured = 0.3, kCovered = 0.25;
constexpr double kSeenShare = 0.5;  // of a face's landmarks, for it to be looked for
constexpr float kSmallestPx = 12;

struct Canvas {
  torch::Tensor colour;  // count x 3 x height x width
  torch::Tensor owner;   // count x height x width: the slot that is seen there, -1 none
};

struct Pasted {
  torch::Tensor landmarks, box, present;
};

/// What the pictures of a batch are to show.
struct Scene {
  torch::Tensor kind;   // count: 0 to 1, says which slot's face stands alone, if any
  torch::Tensor first;  // count: which third of the picture is the first small slot's
};

/// count: where the scene has room for a face of this slot.
torch::Tensor room_for(std::size_t slot_idx, const Scene& scene) {
  if (slot_idx >= kAlone) return scene.kind >= kAloneUpTo.back();
  const torch::Tensor below = scene.kind < kAloneUpTo[slot_idx];
  return slot_idx == 0 ? below : below & (scene.kind >= kAloneUpTo[slot_idx - 1]);
}

torch::Tensor place_across(std::size_t slot_idx, const Scene& scene, const Draw& draw) {
  if (slot_idx < kAlone) return draw.uniform(0, kCanvasWidth);
  const torch::Tensor third = (scene.first + static_cast<double>(slot_idx)).remainder(3);
  return (third + draw.uniform(0, 1)) * (static_cast<double>(kCanvasWidth) / 3);
}

View view_of_slot(std::size_t slot_idx, const Scene& scene, const torch::Tensor& landmarks,
                  const Draw& draw) {
  const Slot& slot = kSlots[slot_idx];
  View view;
  const torch::Tensor turn =
      at::where(draw.chance(0.12), draw.uniform(-75, 75), draw.normal(10)) * (std::numbers::pi / 180);
  const torch::Tensor low = landmarks.amin(1), high = landmarks.amax(1);
  view.cosine = turn.cos();
  view.sine = turn.sin();
  view.scale = (high - low).amax(1) / draw.log_uniform(slot.low_px, slot.high_px);
  view.sprite_x = (low + high).select(1, 0) / 2;
  view.sprite_y = (low + high).select(1, 1) / 2;
  view.picture_x = place_across(slot_idx, scene, draw);
  view.picture_y = draw.uniform(0, kCanvasHeight);
  return view;
}

torch::Tensor box_of(const torch::Tensor& landmarks) {
  const torch::Tensor low = landmarks.amin(1), high = landmarks.amax(1);
  return at::cat({(low + high) / 2, (high - low).amax(1, true)}, 1);
}

Pasted paste(const Pack& pack, std::size_t slot_idx, const Scene& scene, const Draw& draw, Canvas& canvas) {
  const Slot& slot = kSlots[slot_idx];
  const torch::Tensor sprites = draw.index(pack.sprites());
  const torch::Tensor landmarks = pack.landmarks.index_select(0, sprites);
  const View view = view_of_slot(slot_idx, scene, landmarks, draw);
  const torch::Tensor present = draw.chance(slot.share) & room_for(slot_idx, scene);
  const torch::Tensor grid = sampling_grid(view, pack.side(), kCanvasHeight, kCanvasWidth);
  torch::Tensor pictures = sprite_pictures(pack, slot.level, sprites);
  pictures =
      at::cat({recoloured(pictures.narrow(1, 0, 3), draw, kSpriteRecoloured), pictures.narrow(1, 3, 1)}, 1);
  const torch::Tensor views = sprite_views(pictures, grid);
  const torch::Tensor opacity = views.narrow(1, 3, 1) * for_pictures(present);
  canvas.colour = over(canvas.colour, views.narrow(1, 0, 3), opacity);
  canvas.owner = at::where(opacity.squeeze(1) > 0.5,
                           at::full_like(canvas.owner, static_cast<double>(slot_idx)), canvas.owner);
  const torch::Tensor moved = in_picture(view, landmarks);
  return {moved, box_of(moved), present};
}

/// Bars and ellipses over the picture: faces behind them are partly hidden.
void cover(const Pack& pack, const Draw& draw, Canvas& canvas) {
  const torch::Tensor angle = for_pictures(draw.uniform(0, std::numbers::pi));
  const torch::Tensor x = at::arange(kCanvasWidth, draw.options()).view({1, 1, 1, -1}) -
                          for_pictures(draw.uniform(0, kCanvasWidth));
  const torch::Tensor y = at::arange(kCanvasHeight, draw.options()).view({1, 1, -1, 1}) -
                          for_pictures(draw.uniform(0, kCanvasHeight));
  const torch::Tensor across = draw.log_uniform(3, 40), along = across * draw.log_uniform(1, 8);
  const torch::Tensor p = (x * angle.cos() + y * angle.sin()) / for_pictures(along);
  const torch::Tensor q = (y * angle.cos() - x * angle.sin()) / for_pictures(across);
  const torch::Tensor opacity = ((1 - (p.square() + q.square()).sqrt()) * for_pictures(across)).sigmoid() *
                                for_pictures(draw.chance(kCovered));
  const torch::Tensor plain = at::rand({draw.count(), 3, 1, 1}, draw.options()).expand_as(canvas.colour);
  const torch::Tensor piece = background_views(pack, draw, kCanvasHeight, kCanvasWidth);
  canvas.colour = over(canvas.colour, at::where(for_pictures(draw.chance(0.5)), plain, piece), opacity);
  canvas.owner = at::where(opacity.squeeze(1) > 0.5, at::full_like(canvas.owner, -1), canvas.owner);
}

/// Which share of its landmarks is in the picture and not covered.
torch::Tensor seen_share(const Pasted& face, std::int64_t slot, const Canvas& canvas) {
  const torch::Tensor x = face.landmarks.select(2, 0).round(), y = face.landmarks.select(2, 1).round();
  const torch::Tensor inside = (x >= 0) & (x < kCanvasWidth) & (y >= 0) & (y < kCanvasHeight);
  const torch::Tensor places = y.clamp(0, kCanvasHeight - 1) * kCanvasWidth + x.clamp(0, kCanvasWidth - 1);
  const torch::Tensor seen = canvas.owner.flatten(1).gather(1, places.to(at::kLong)) == slot;
  return (seen & inside).to(at::kFloat).mean(1);
}

/// Half of the batch, so that nothing depends on the side from which rendered light comes.
void mirror(DetectorBatch& batch) {
  const std::int64_t half = batch.pictures.size(0) / 2;
  torch::Tensor pictures = batch.pictures.narrow(0, 0, half), points = batch.points.narrow(0, 0, half);
  pictures.copy_(pictures.flip(3));
  batch.boxes.narrow(0, 0, half).select(2, 0).neg_().add_(kCanvasWidth - 1);
  const auto point = [&](std::int64_t i) { return points.narrow(2, i, 1); };
  points.copy_(at::cat({point(1), point(0), point(2), point(4), point(3)}, 2));
  points.select(3, 0).neg_().add_(kCanvasWidth - 1);
}

}  // namespace

DetectorBatch detector_batch(const Pack& pack, std::int64_t count) {
  const Draw draw(count, pack.device());
  Canvas canvas{background_views(pack, draw, kCanvasHeight, kCanvasWidth),
                at::full({count, kCanvasHeight, kCanvasWidth}, -1, draw.options())};
  const Scene scene{draw.uniform(0, 1), draw.uniform(0, 3).floor()};
  std::vector<Pasted> faces;
  for (std::size_t i = 0; i < kSlots.size(); ++i) faces.push_back(paste(pack, i, scene, draw, canvas));
  cover(pack, draw, canvas);
  std::vector<torch::Tensor> boxes, points, present, clear;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    boxes.push_back(faces[i].box);
    points.push_back(five_points(faces[i].landmarks));
    present.push_back(faces[i].present);
    clear.push_back(faces[i].present &
                    (seen_share(faces[i], static_cast<std::int64_t>(i), canvas) >= kSeenShare) &
                    (faces[i].box.select(1, 2) >= kSmallestPx));
  }
  DetectorBatch out;
  out.pictures = network_input(photographed(canvas.colour, draw, kPhotograph));
  out.boxes = at::stack(boxes, 1);
  out.points = at::stack(points, 1);
  out.present = at::stack(present, 1);
  out.clear = at::stack(clear, 1);
  mirror(out);
  return out;
}

}  // namespace understudy::faces
