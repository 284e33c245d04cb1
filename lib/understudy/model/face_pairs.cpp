#include "understudy/model/face_pairs.h"

#include <torch/types.h>

#include <map>

#include "understudy/model/window.h"

namespace understudy::model {
namespace {

torch::Tensor homogeneous(const std::array<double, 6>& m) {
  return torch::tensor({m[0], m[1], m[2], m[3], m[4], m[5], 0.0, 0.0, 1.0}, torch::kFloat64).view({3, 3});
}

/// The map from the crop of one face to that of another in the same frame.
torch::Tensor between(const std::optional<std::array<double, 6>>& to,
                      const std::optional<std::array<double, 6>>& from) {
  if (!to || !from) return torch::eye(3).narrow(0, 0, 2);
  return at::matmul(homogeneous(*to), at::inverse(homogeneous(*from))).narrow(0, 0, 2).to(torch::kFloat32);
}

/// Bytes of crops as another crop sees them, whose places (N x 2 x 3, of 0..1) lie in them.
torch::Tensor looked_up(const torch::Tensor& bytes, const torch::Tensor& places, bool zeros_outside) {
  torch::Tensor centred = places.clone();  // of -1..1
  centred.select(2, 2) = places.narrow(2, 0, 2).sum(2) + 2 * places.select(2, 2) - 1;
  return sampled(bytes.to(torch::kFloat32), centred, bytes.size(2), zeros_outside)
      .round_()
      .clamp_(0, 255)
      .to(torch::kUInt8);
}

}  // namespace

std::vector<FacePair> find_pairs(const FaceSet& likeness, const FaceSet& performer) {
  std::map<std::string, std::int64_t> by_moment;
  for (std::size_t i = 0; i < likeness.size(); ++i)
    by_moment.emplace(likeness.moment(i), static_cast<std::int64_t>(i));
  std::vector<FacePair> pairs;
  for (std::size_t i = 0; i < performer.size(); ++i) {
    const std::string moment = performer.moment(i);
    const auto twin = by_moment.find(moment);
    if (moment.empty() || twin == by_moment.end()) continue;
    pairs.push_back({twin->second, static_cast<std::int64_t>(i),
                     between(likeness.crop_from_frame(static_cast<std::size_t>(twin->second)),
                             performer.crop_from_frame(i))});
  }
  return pairs;
}

void answer_with(FaceBatch& performers, const FaceBatch& likenesses,
                 const torch::Tensor& likeness_from_performer) {
  const torch::Tensor& places = likeness_from_performer;
  performers.targets_nchw = looked_up(likenesses.targets_nchw, places, false);
  performers.masks_nchw = looked_up(likenesses.masks_nchw, places, true);
  performers.landmarks = likenesses.landmarks;
  if (!likenesses.landmarks.defined()) return;
  const torch::Tensor linear = places.narrow(2, 0, 2), shift = places.narrow(2, 2, 1).transpose(1, 2);
  performers.landmarks = at::matmul(likenesses.landmarks - shift, at::inverse(linear).transpose(1, 2));
}

}  // namespace understudy::model
