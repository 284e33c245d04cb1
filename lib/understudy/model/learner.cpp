#include "understudy/model/learner.h"

#include <torch/types.h>

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/checkpoint.h"

namespace understudy::model {
namespace {

bool begins_like_one_of(const std::string& name, const std::vector<std::string>& beginnings) {
  return std::ranges::any_of(beginnings, [&](const std::string& b) { return name.starts_with(b); });
}

}  // namespace

Learner::Learner(WeightLayout layout, std::string prefix, std::uint64_t seed, torch::Device device)
    : layout_(std::move(layout)), prefix_(std::move(prefix)) {
  const torch::Tensor weights = initial_weights(layout_, seed).to(device);
  buffers_ = {weights, weights.clone(), at::zeros_like(weights), at::zeros_like(weights)};
  freeze({});
}

void Learner::freeze(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (std::ranges::none_of(layout_.entries, [&](const auto& e) { return e.name.starts_with(name); }))
      throw Error(ErrorCode::kUsage, text("no weight's name begins with '", name, "', which is to be frozen"),
                  "--print-model lists the layers");
  moving_.clear();
  for (const WeightLayout::Entry& entry : layout_.entries) {
    if (begins_like_one_of(entry.name, names)) continue;
    if (!moving_.empty() && moving_.back().first + moving_.back().count == entry.offset)
      moving_.back().count += entry.count;
    else
      moving_.push_back({entry.offset, entry.count});
  }
  if (moving_.empty())
    throw Error(ErrorCode::kUsage, text("no weight is left to learn: all begin with '", joined(names), "'"));
}

bool Learner::moves(std::size_t entry) const {
  const std::int64_t offset = layout_.entries[entry].offset;
  return std::ranges::any_of(moving_,
                             [&](const Range& r) { return r.first <= offset && offset < r.first + r.count; });
}

torch::Tensor Learner::gradient_norm(const torch::Tensor& gradient) const {
  torch::Tensor squares = at::zeros({}, gradient.options());
  for (const Range& range : moving_) squares += gradient.narrow(0, range.first, range.count).norm().square();
  return squares.sqrt();
}

void Learner::update(const Optimizer& optimizer, const torch::Tensor& gradient, UpdateRule rule) {
  const at::NoGradGuard no_gradients;
  for (const Range& range : moving_) {
    const auto part = [&](const torch::Tensor& flat) { return flat.narrow(0, range.first, range.count); };
    OptimizerState state{part(buffers_.weights), part(buffers_.average), part(buffers_.first_moment),
                         part(buffers_.second_moment)};
    rule.first_index = range.first;
    optimizer(state, part(gradient), rule);
  }
}

void Learner::append_to(NamedTensors& tensors) const {
  const auto append = [&](const torch::Tensor& flat, std::string_view part) {
    NamedTensors more = named_weights(layout_, flat, text(prefix_, part));
    std::ranges::move(more, std::back_inserter(tensors));
  };
  append(buffers_.weights, CheckpointPart::kWeights);
  append(buffers_.average, CheckpointPart::kAverage);
  append(buffers_.first_moment, CheckpointPart::kFirstMoment);
  append(buffers_.second_moment, CheckpointPart::kSecondMoment);
}

void Learner::fill_from(const TensorFile& file, std::string_view where) {
  const auto fill = [&](const torch::Tensor& flat, std::string_view part) {
    fill_weights(layout_, flat, file, text(prefix_, part), where);
  };
  fill(buffers_.weights, CheckpointPart::kWeights);
  fill(buffers_.average, CheckpointPart::kAverage);
  fill(buffers_.first_moment, CheckpointPart::kFirstMoment);
  fill(buffers_.second_moment, CheckpointPart::kSecondMoment);
}

void Learner::fill_average_from(const TensorFile& file, const std::vector<std::string>& parts,
                                std::string_view where) {
  const at::NoGradGuard no_gradients;
  WeightLayout wanted;
  for (const WeightLayout::Entry& entry : layout_.entries)
    if (parts.empty() || begins_like_one_of(entry.name, parts)) wanted.entries.push_back(entry);
  if (wanted.entries.empty())
    throw Error(ErrorCode::kUsage, text("no weight's name begins like '", joined(parts), "'"),
                "--print-model lists the layers");
  wanted.total = layout_.total;
  fill_weights(wanted, buffers_.weights, file, text(prefix_, CheckpointPart::kAverage), where);
  buffers_.average.copy_(buffers_.weights);
  forget_moments();
}

void Learner::forget_moments() {
  buffers_.first_moment.zero_();
  buffers_.second_moment.zero_();
}

OptimizerState Learner::copy() const {
  return {buffers_.weights.clone(), buffers_.average.clone(), buffers_.first_moment.clone(),
          buffers_.second_moment.clone()};
}

void Learner::restore(const OptimizerState& copy) {
  const at::NoGradGuard no_gradients;
  buffers_.weights.copy_(copy.weights);
  buffers_.average.copy_(copy.average);
  buffers_.first_moment.copy_(copy.first_moment);
  buffers_.second_moment.copy_(copy.second_moment);
}

}  // namespace understudy::model
