#include "understudy/model/distributed/group.h"

#include <torch/cuda.h>
#include <torch/types.h>

#include <algorithm>

#include "understudy/core/text.h"
#include "understudy/model/device.h"

namespace understudy::model {
namespace {

/// Any one bit that differs changes it.
torch::Tensor checksum(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().contiguous().view({-1});
  return values.view(values.element_size() % 4 == 0 ? torch::kInt32 : torch::kUInt8).sum(torch::kInt64);
}

}  // namespace

Group::Group(const RankEnvironment& environment, const std::string& device_name_asked)
    : environment_(environment), device_(device_from_name(device_name(device_name_asked))) {
  if (size() > 1) channel_ = open_channel(environment, device_);
}
Group::~Group() = default;

std::string Group::device_name(const std::string& asked) const {
  const auto gpus = static_cast<int>(torch::cuda::device_count());
  if (size() == 1 || gpus == 0 || (asked != "auto" && asked != "cuda")) return asked;
  return text("cuda:", environment_.local_rank % gpus);
}

Channel::Ticket Group::begin_sum(const torch::Tensor& tensor) {
  return channel_ ? channel_->reduce(tensor, Channel::Reduction::kSum) : Channel::Ticket{};
}

void Group::end_sum(Channel::Ticket ticket) {
  if (channel_) channel_->wait(ticket);
}

void Group::broadcast(const torch::Tensor& tensor, int root) {
  if (channel_) channel_->wait(channel_->broadcast(tensor, root));
}

void Group::barrier() {
  sums({0});
}

std::vector<double> Group::sums(const std::vector<double>& values) {
  if (!channel_) return values;
  const torch::Tensor there = torch::tensor(values, torch::kFloat64).to(device_);
  sum(there);
  const torch::Tensor here = there.to(torch::kCPU);
  return {here.data_ptr<double>(), here.data_ptr<double>() + here.numel()};
}

bool Group::any(bool here) {
  return sums({here ? 1.0 : 0.0})[0] > 0;
}

std::string Group::from_leader(const std::string& words) {
  if (!channel_) return words;
  const torch::Tensor length = torch::tensor({static_cast<std::int64_t>(words.size())}, device_);
  broadcast(length);
  torch::Tensor letters = at::zeros({length.item<std::int64_t>()}, torch::kInt64);
  if (leads()) std::ranges::copy(words, letters.data_ptr<std::int64_t>());
  letters = letters.to(device_);
  if (letters.numel() > 0) broadcast(letters);
  const torch::Tensor back = letters.to(torch::kCPU);
  std::string out(static_cast<std::size_t>(back.numel()), '\0');
  std::transform(back.data_ptr<std::int64_t>(), back.data_ptr<std::int64_t>() + back.numel(), out.begin(),
                 [](std::int64_t letter) { return static_cast<char>(letter); });
  return out;
}

bool Group::agree_on(const torch::Tensor& tensor) {
  if (!channel_) return true;
  const torch::Tensor sum_here = checksum(tensor);
  const torch::Tensor both = at::stack({sum_here, -sum_here}).to(device_);
  channel_->wait(channel_->reduce(both, Channel::Reduction::kMax));
  const torch::Tensor largest = both.to(torch::kCPU);
  return largest[0].item<std::int64_t>() == -largest[1].item<std::int64_t>();
}

void Group::leave(const Error& why) noexcept {
  if (channel_) channel_->leave(why);
}

}  // namespace understudy::model
