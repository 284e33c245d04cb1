#include <array>

#include "losses.h"
#include "networks.h"

namespace understudy::faces {
namespace {

/// Which sizes a stride's cells answer for; the neighbours' share some.
struct Stride {
  std::int64_t px;
  double smallest, largest;  // of the box's side, pixels
};
constexpr std::array<Stride, 3> kStrides = {{{8, 0, 44}, {16, 36, 110}, {32, 92, 1e4}}};
constexpr double kMargin = 1.3;       // sizes this far beyond are nobody's fault
constexpr double kCore = 0.2;         // half the middle's side, in the box's, where cells answer for a face
constexpr double kSureOverlap = 0.5;  // of the score that a found face deserves however well it is placed

/// What the cells of one stride say, and should say: count x cells, or count x cells x numbers.
struct Cells {
  torch::Tensor score, box, points;
  torch::Tensor is_face, counts;
  torch::Tensor true_box, true_points;
};

torch::Tensor middles(const torch::Tensor& output, std::int64_t px) {
  const auto options = output.options().requires_grad(false);
  const auto centre = [&](std::int64_t length) {
    return (at::arange(length, options) + 0.5) * static_cast<double>(px) - 0.5;
  };
  const std::int64_t rows = output.size(2), columns = output.size(3);
  const torch::Tensor x = centre(columns).view({1, -1}).expand({rows, columns});
  const torch::Tensor y = centre(rows).view({-1, 1}).expand({rows, columns});
  return at::stack({x, y}, 2).view({1, -1, 2});
}

void read_output(const torch::Tensor& output, const Stride& stride, const torch::Tensor& middle, Cells& out) {
  const torch::Tensor numbers = output.flatten(2).transpose(1, 2);
  const auto px = static_cast<double>(stride.px);
  out.score = numbers.select(2, 0);
  const torch::Tensor side = numbers.narrow(2, 3, 1).clamp(-4, 5).exp() * px;
  out.box = at::cat({middle + numbers.narrow(2, 1, 2) * px, side}, 2);
  const torch::Tensor points = numbers.narrow(2, 4, 2 * kPoints).unflatten(2, {kPoints, 2});
  out.points = middle.unsqueeze(2) + points * px;
}

/// Each cell's face is the one whose middle is nearest, in sides of its box.
void read_truth(const DetectorBatch& batch, const Stride& stride, const torch::Tensor& middle, Cells& out) {
  const torch::Tensor centre = batch.boxes.narrow(2, 0, 2).unsqueeze(1);  // count x 1 x faces x 2
  const torch::Tensor side = batch.boxes.select(2, 2).unsqueeze(1);       // count x 1 x faces
  const torch::Tensor distance = (middle.unsqueeze(2) - centre).abs().amax(3);
  const torch::Tensor in_core = distance <= (side * kCore).clamp_min(0.5 * static_cast<double>(stride.px));
  const torch::Tensor own = (side >= stride.smallest) & (side <= stride.largest);
  const torch::Tensor nearly = (side >= stride.smallest / kMargin) & (side <= stride.largest * kMargin);
  const torch::Tensor clear = batch.clear.unsqueeze(1), hidden = (batch.present & ~batch.clear).unsqueeze(1);
  const torch::Tensor answers = in_core & own & clear;
  const torch::Tensor nobody = nearly & ((hidden & (distance <= side * 0.5)) | (in_core & ~own & clear));
  out.is_face = answers.any(2);
  out.counts = out.is_face | ~nobody.any(2);
  const torch::Tensor cost = at::where(answers, distance / side, at::full_like(distance, 1e4));
  const torch::Tensor best = cost.argmin(2).unsqueeze(2);
  out.true_box = batch.boxes.gather(1, best.expand({-1, -1, 3}));
  const torch::Tensor points = batch.points.flatten(2).gather(1, best.expand({-1, -1, 2 * kPoints}));
  out.true_points = points.unflatten(2, {kPoints, 2});
}

Cells read(const torch::Tensor& output, const DetectorBatch& batch, const Stride& stride) {
  Cells out;
  const torch::Tensor middle = middles(output, stride.px);
  read_output(output, stride, middle, out);
  const at::NoGradGuard no_gradients;
  read_truth(batch, stride, middle, out);
  return out;
}

struct Overlap {
  torch::Tensor share;    // intersection over union
  torch::Tensor penalty;  // the middles' distance, squared, over the diagonal of both (Zheng et al. 2020)
};

Overlap overlap_of(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor half_a = a.narrow(2, 2, 1) / 2, half_b = b.narrow(2, 2, 1) / 2;
  const torch::Tensor centre_a = a.narrow(2, 0, 2), centre_b = b.narrow(2, 0, 2);
  const torch::Tensor low = at::maximum(centre_a - half_a, centre_b - half_b);
  const torch::Tensor high = at::minimum(centre_a + half_a, centre_b + half_b);
  const torch::Tensor both = (high - low).clamp_min(0).prod(2);
  const torch::Tensor either = a.select(2, 2).square() + b.select(2, 2).square() - both;
  const torch::Tensor outer =
      at::maximum(centre_a + half_a, centre_b + half_b) - at::minimum(centre_a - half_a, centre_b - half_b);
  return {both / either.clamp_min(1),
          (centre_a - centre_b).square().sum(2) / outer.square().sum(2).clamp_min(1)};
}

/// The focal loss for scores that are shares (Li et al. 2020).
torch::Tensor focal(const torch::Tensor& score, const torch::Tensor& deserved) {
  const torch::Tensor entropy =
      at::binary_cross_entropy_with_logits(score, deserved, {}, {}, at::Reduction::None);
  return entropy * (score.sigmoid() - deserved).square();
}

}  // namespace

Losses detector_losses(const std::vector<torch::Tensor>& outputs, const DetectorBatch& batch) {
  torch::Tensor score, box, points, faces;
  const auto add = [](torch::Tensor& sum, const torch::Tensor& part) {
    sum = sum.defined() ? sum + part : part;
  };
  for (std::size_t i = 0; i < kStrides.size(); ++i) {
    const Cells cells = read(outputs[i], batch, kStrides[i]);
    const Overlap overlap = overlap_of(cells.box, cells.true_box);
    const torch::Tensor is_face = cells.is_face.to(at::kFloat), side = cells.true_box.narrow(2, 2, 1);
    const torch::Tensor deserved = (kSureOverlap + (1 - kSureOverlap) * overlap.share.detach()) * is_face;
    const torch::Tensor points_off = (cells.points - cells.true_points) / side.unsqueeze(3);
    const torch::Tensor size_off = (cells.box.select(2, 2) / side.squeeze(2)).log().abs();
    add(score, (focal(cells.score, deserved) * cells.counts).sum());
    add(box, ((1 - overlap.share + overlap.penalty + 0.5 * size_off) * is_face).sum());
    add(points, (points_off.abs().mean({2, 3}) * is_face).sum());
    add(faces, is_face.sum());
  }
  const torch::Tensor count = faces.clamp_min(1);
  return {{"score", "box", "points"}, {score / count, 1.5 * box / count, 5 * points / count}};
}

}  // namespace understudy::faces
