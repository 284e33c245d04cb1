#include "understudy/model/adversary.h"

#include <torch/types.h>

#include <algorithm>

#include "understudy/core/seeds.h"

namespace understudy::model {
namespace {

constexpr const char *kPatch = "patch.", *kCode = "code.";
constexpr double kBeta1 = 0.5, kBeta2 = 0.999;  // as is usual for a discriminator (Radford et al. 2016)

}  // namespace

Adversary::Adversary(const NetworkConfig& network, std::uint64_t seed, torch::Device device,
                     torch::ScalarType working_type)
    : seed_(seed), device_(device), working_type_(working_type), picture_px_(network.output_px) {
  const NetworkPlan plan = network_plan(network);
  code_channels_ = plan.encoder.back().channels_out;
  code_px_ = plan.encoder.back().px_out;
}

Adversary::Player<PatchDiscriminator>& Adversary::patch() {
  if (!patch_) {
    Learner learner(PatchDiscriminator::layout(picture_px_), kPatch, item_seed(seed_, kPatch, 0, 0), device_);
    const torch::Tensor weights = learner.weights();
    patch_.reset(new Player<PatchDiscriminator>{
        std::move(learner), PatchDiscriminator(picture_px_, weights, working_type_, true)});
  }
  return *patch_;
}

Adversary::Player<CodeDiscriminator>& Adversary::code() {
  if (!code_) {
    Learner learner(CodeDiscriminator::layout(code_channels_, code_px_), kCode, item_seed(seed_, kCode, 0, 0),
                    device_);
    const torch::Tensor weights = learner.weights();
    code_.reset(new Player<CodeDiscriminator>{
        std::move(learner), CodeDiscriminator(code_channels_, code_px_, weights, working_type_, true)});
  }
  return *code_;
}

torch::Tensor Adversary::fooling(const TrainingConfig& config, const Judged& judged) {
  torch::Tensor sum = at::zeros({}, at::TensorOptions(torch::kFloat32).device(device_));
  if (config.adversarial > 0)
    sum = sum + config.adversarial * fooling_loss(patch().judge.logits(judged.made_nchw, true));
  if (config.code_adversarial > 0)
    sum = sum + config.code_adversarial * fooling_loss(code().judge.logits(judged.likeness_codes, true));
  return sum;
}

void Adversary::judge(const TrainingConfig& config, const Judged& judged, double share) {
  torch::Tensor sum = at::zeros({}, at::TensorOptions(torch::kFloat32).device(device_));
  if (config.adversarial > 0)
    sum = sum + judge_loss(patch().judge.logits(judged.real_nchw, false),
                           patch().judge.logits(judged.made_nchw.detach(), false));
  // The performers' codes count as the real ones: the likenesses' shall come to lie among them.
  if (config.code_adversarial > 0)
    sum = sum + judge_loss(code().judge.logits(judged.performer_codes.detach(), false),
                           code().judge.logits(judged.likeness_codes.detach(), false));
  (sum * share).backward();
}

void Adversary::zero_gradients() {
  if (patch_) patch_->judge.gradients().zero_();
  if (code_) code_->judge.gradients().zero_();
}

void Adversary::update(double rate) {
  const auto step = [rate](auto& player) {
    UpdateRule rule{};
    rule.rate = rate;
    rule.beta1 = kBeta1;
    rule.beta2 = kBeta2;
    rule.gradient_scale = 1;
    rule.step = ++player.updates;
    player.learner.update(optimizers().at("adamw"), player.judge.gradients(), rule);
  };
  if (patch_) step(*patch_);
  if (code_) step(*code_);
}

std::vector<torch::Tensor> Adversary::gradients() const {
  std::vector<torch::Tensor> out;
  if (patch_) out.push_back(patch_->judge.gradients());
  if (code_) out.push_back(code_->judge.gradients());
  return out;
}

std::vector<torch::Tensor> Adversary::buffers() const {
  std::vector<torch::Tensor> out = patch_ ? patch_->learner.buffers() : std::vector<torch::Tensor>();
  if (code_) std::ranges::move(code_->learner.buffers(), std::back_inserter(out));
  return out;
}

void Adversary::append_to(NamedTensors& tensors) const {
  if (patch_) patch_->learner.append_to(tensors);
  if (code_) code_->learner.append_to(tensors);
}

void Adversary::fill_from(const TensorFile& file, std::string_view where) {
  const auto holds = [&](std::string_view prefix) {
    return std::ranges::any_of(file.tensors, [&](const auto& t) { return t.first.starts_with(prefix); });
  };
  if (holds(kPatch)) patch().learner.fill_from(file, where);
  if (holds(kCode)) code().learner.fill_from(file, where);
}

Json Adversary::to_json() const {
  return {{"patch_updates", patch_ ? patch_->updates : 0}, {"code_updates", code_ ? code_->updates : 0}};
}

void Adversary::take_up(const Json& json, std::string_view where) {
  if (patch_) patch_->updates = json_field<std::int64_t>(json, "patch_updates", where);
  if (code_) code_->updates = json_field<std::int64_t>(json, "code_updates", where);
}

Adversary::Copy Adversary::copy() const {
  Copy out;
  if (patch_) out.patch = patch_->learner.copy();
  if (code_) out.code = code_->learner.copy();
  return out;
}

void Adversary::restore(const Copy& copy) {
  if (copy.patch) patch().learner.restore(*copy.patch);
  if (copy.code) code().learner.restore(*copy.code);
}

}  // namespace understudy::model
