#include "understudy/model/pose_match.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "understudy/model/device.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

// Sizes and sigmas are of the network's window.
constexpr std::int64_t kLightGrid = 32;
constexpr double kLightSigma = 0.12;
constexpr std::int64_t kShapeGrid = 17;
constexpr double kShapeSigma = 0.12;
constexpr double kPoseSigmaDeg = 6;
constexpr double kMatePoseSigmaDeg = 4;
constexpr double kLeastScale = 0.8;  // what differs more is a mistake of the landmarks
constexpr double kLightest = 1.2;    // limit of the log gain

/// N x K. Not by way of a product, which libtorch prefers for many points: that is inexact near 0, and not
/// the same for a face in another batch.
torch::Tensor distances(const torch::Tensor& asked, const torch::Tensor& known) {
  constexpr std::int64_t kWithoutProduct = 2;
  return at::cdist(asked, known, 2, kWithoutProduct);
}

/// N x K: how much each of the K known poses says about each of the N asked for; rows sum to 1.
torch::Tensor pose_weights(const torch::Tensor& asked, const torch::Tensor& known) {
  const torch::Tensor distance = distances(asked, known) / kPoseSigmaDeg;
  return at::softmax(distance.square() * -0.5, 1);
}

/// exp(-d^2 / 2 sigma^2) between all points of a (N x A x 2) and b (N x B x 2).
torch::Tensor kernel(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor squared = (a.unsqueeze(2) - b.unsqueeze(1)).square().sum(-1);
  return at::exp(squared / (-2 * kShapeSigma * kShapeSigma));
}

/// Points around the window that stay where they are.
torch::Tensor anchors(const torch::TensorOptions& options) {
  std::vector<float> points;
  for (float x : {-0.1f, 0.5f, 1.1f})
    for (float y : {-0.1f, 0.5f, 1.1f})
      if (x != 0.5f || y != 0.5f) points.insert(points.end(), {x, y});
  return uploaded(torch::tensor(points, options.device(at::kCPU)), options.device()).view({1, -1, 2});
}

/// A smooth field (regularised Gaussian interpolation) that says, at each place of the window, where to
/// sample instead, so that what is at `from` comes to lie at `to`. All in sides of the window.
torch::Tensor smooth_offsets(const torch::Tensor& from, const torch::Tensor& to) {
  const std::int64_t count = from.size(0);
  const torch::Tensor fixed = anchors(from.options()).expand({count, -1, 2});
  const torch::Tensor centres = at::cat({to, fixed}, 1);
  const torch::Tensor offsets = at::cat({from - to, at::zeros_like(fixed)}, 1);
  const torch::Tensor ridge = 0.05 * at::eye(centres.size(1), from.options());
  // Never singular; the other solver waits for the device to ask about that.
  const torch::Tensor strengths = std::get<0>(at::linalg_solve_ex(kernel(centres, centres) + ridge, offsets));
  const torch::Tensor line = at::linspace(0, 1, kShapeGrid, from.options());
  const torch::Tensor x = line.view({1, -1}).expand({kShapeGrid, kShapeGrid});
  const torch::Tensor places = at::stack({x, x.t()}, -1).reshape({1, -1, 2}).expand({count, -1, 2});
  const torch::Tensor field = at::matmul(kernel(places, centres), strengths);
  return field.view({count, kShapeGrid, kShapeGrid, 2}).permute({0, 3, 1, 2}).contiguous();
}

torch::Tensor average(const torch::Tensor& weights, const torch::Tensor& values) {
  std::vector<std::int64_t> shape = values.sizes().vec();
  shape[0] = weights.size(0);
  return at::matmul(weights, values.flatten(1)).view(shape);
}

/// The blurred picture inside the blurred mask, safe where there is no mask.
torch::Tensor brightness(const torch::Tensor& light_n4gg) {
  return light_n4gg.narrow(1, 0, 3) / (light_n4gg.narrow(1, 3, 1) + 0.02) + 0.02;
}

/// For each pose one of the pictures of about that pose: the nearest after all were shaken.
torch::Tensor mates_of(const torch::Tensor& asked, const PoseStatistics& known, at::Generator& random) {
  const torch::Tensor shake = at::randn(known.pose.sizes(), random, torch::kFloat32) * kMatePoseSigmaDeg;
  const torch::Tensor nearest = distances(asked, known.pose + uploaded(shake, known.pose.device())).argmin(1);
  return known.pictures.index_select(0, nearest).to(torch::kFloat32) / 255;
}

/// K x 6: what codes are a linear function of as the head turns.
torch::Tensor pose_terms(const torch::Tensor& pose) {
  constexpr double kUnitDeg = 30;
  const torch::Tensor yaw = pose.select(1, 0) / kUnitDeg, pitch = pose.select(1, 1) / kUnitDeg;
  return at::stack({yaw, pitch, yaw * yaw, yaw * pitch, pitch * pitch, yaw * yaw * yaw}, 1);
}

/// K x 4: how open eyes and mouth are, how wide the mouth, how high the brows.
torch::Tensor expressions(const torch::Tensor& landmarks) {
  const auto middle = [&](std::int64_t first, std::int64_t count) {
    return landmarks.narrow(1, first, count).mean(1);
  };
  const auto apart = [&](std::int64_t a, std::int64_t b) {
    return (landmarks.select(1, a) - landmarks.select(1, b)).norm(2, {1});
  };
  const torch::Tensor eyes = apart(37, 41) + apart(38, 40) + apart(43, 47) + apart(44, 46);
  const torch::Tensor mouth = apart(61, 67) + apart(62, 66) + apart(63, 65);
  const torch::Tensor brows = (middle(36, 12) - middle(17, 10)).select(1, 1);
  return at::stack({eyes, mouth, apart(48, 54), brows}, 1);
}

torch::Tensor centred(const torch::Tensor& rows) {
  return rows - rows.mean(0, true);
}

/// Each person's expressions from the own mean, about as large as poses are; none where anybody's landmarks
/// are missing.
std::vector<torch::Tensor> expression_terms(const std::vector<PoseStatistics*>& people) {
  constexpr double kSpread = 0.5;
  std::vector<torch::Tensor> terms;
  for (const PoseStatistics* person : people) {
    if (!person->landmarks.defined()) return std::vector<torch::Tensor>(people.size());
    terms.push_back(centred(expressions(person->landmarks)));
  }
  const torch::Tensor spread = at::cat(terms).square().mean(0, true).sqrt().clamp_min(1e-4);
  for (torch::Tensor& rows : terms) rows = rows * (kSpread / spread);
  return terms;
}

}  // namespace

void level_codes(const std::vector<PoseStatistics*>& people) {
  constexpr double kRidge = 0.01;  // so that a few faces of one pose say nothing about others
  const std::vector<torch::Tensor> expression = expression_terms(people);
  std::vector<torch::Tensor> terms, centred_terms, codes;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const torch::Tensor turned = pose_terms(people[i]->pose);
    terms.push_back(expression[i].defined() ? at::cat({turned, expression[i]}, 1) : turned);
    centred_terms.push_back(centred(terms[i]));
    codes.push_back(centred(people[i]->codes.flatten(1)));
  }
  const torch::Tensor x = at::cat(centred_terms), y = at::cat(codes);
  const torch::Tensor ridge = kRidge * static_cast<double>(x.size(0)) * at::eye(x.size(1), x.options());
  const torch::Tensor slopes =
      std::get<0>(at::linalg_solve_ex(at::matmul(x.t(), x) + ridge, at::matmul(x.t(), y)));
  for (std::size_t i = 0; i < people.size(); ++i)
    people[i]->codes = people[i]->codes - at::matmul(terms[i], slopes).view_as(people[i]->codes);
}

PoseStatistics pose_statistics(const FaceBatch& faces, const Window& window) {
  const auto small = [&](const torch::Tensor& bytes) {
    const auto px = static_cast<std::int64_t>(std::lround(kLightGrid / window.side));
    return cut(resized(bytes.to(torch::kFloat32) / 255, px), window, kLightGrid);
  };
  const torch::Tensor mask = (small(faces.masks_nchw) > 0.5).to(torch::kFloat32);
  PoseStatistics statistics;
  statistics.centre = at::zeros({1, 2}, faces.pose.options());
  statistics.centre.select(1, 1) = faces.pose.select(1, 1).median();
  statistics.pose = faces.pose - statistics.centre;
  statistics.light_k4gg =
      gaussian_blurred(at::cat({small(faces.inputs_nchw) * mask, mask}, 1), kLightSigma * kLightGrid);
  if (faces.landmarks.defined()) statistics.landmarks = window_points(faces.landmarks, window);
  const double px = static_cast<double>(faces.inputs_nchw.size(2)) * window.side;
  statistics.pictures =
      cut(faces.inputs_nchw.to(torch::kFloat32), window, std::lround(px)).round_().to(torch::kUInt8);
  return statistics;
}

double outline_scale(const PoseStatistics& likeness, const PoseStatistics& performer) {
  if (!likeness.landmarks.defined() || !performer.landmarks.defined()) return 1;
  constexpr std::int64_t kJawPoints = 17;
  const torch::Tensor nearest = at::cdist(performer.pose, likeness.pose).argmin(1);
  const auto centred = [](const torch::Tensor& landmarks) {
    const torch::Tensor points = landmarks.narrow(1, 0, kJawPoints).to(torch::kFloat64);
    return (points - points.mean(1, true)).reshape({-1, 2});
  };
  const torch::Tensor from = centred(likeness.landmarks.index_select(0, nearest)),
                      to = centred(performer.landmarks);
  const double turned_along = (from * to).sum().item<double>();
  const double turned_across =
      (from.select(1, 0) * to.select(1, 1) - from.select(1, 1) * to.select(1, 0)).sum().item<double>();
  const double spread = from.square().sum().item<double>();
  return spread > 0
             ? std::clamp(std::hypot(turned_along, turned_across) / spread, kLeastScale, 1 / kLeastScale)
             : 1;
}

MatchFields match_by_pose(const FaceBatch& faces, const PoseStatistics& own, const PoseStatistics& other,
                          const Window& window, const AugmentConfig& config, at::Generator& random) {
  MatchFields match;
  const bool bend = config.bend_max > 0 && faces.landmarks.defined() && own.landmarks.defined() &&
                    other.landmarks.defined();
  const torch::Tensor pose = faces.pose - own.centre;
  const bool shift = config.code_shift > 0 && own.codes.defined() && other.codes.defined();
  if (config.mix > 0) match.mates_n3pp = mates_of(pose, other, random);
  if (!bend && !shift && config.relight <= 0) return match;
  const torch::Tensor own_weights = pose_weights(pose, own.pose);
  const torch::Tensor other_weights = pose_weights(pose, other.pose);
  if (config.relight > 0) {
    const torch::Tensor here = brightness(average(own_weights, own.light_k4gg));
    const torch::Tensor there = brightness(average(other_weights, other.light_k4gg));
    match.light_n3gg = (there.log() - here.log()).clamp_(-kLightest, kLightest);
  }
  if (shift) match.code_offset = average(other_weights, other.codes) - average(own_weights, own.codes);
  if (bend) {
    const torch::Tensor from = window_points(faces.landmarks, window);
    match.shape_n2gg = smooth_offsets(
        from, from + average(other_weights, other.landmarks) - average(own_weights, own.landmarks));
  }
  return match;
}

}  // namespace understudy::model
