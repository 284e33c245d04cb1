#include "understudy/model/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "understudy/core/seeds.h"

namespace understudy::model {

Sampler::Sampler(const torch::Tensor& poses, double balance, std::uint64_t seed, std::string name)
    : seed_(seed), name_(std::move(name)) {
  const auto count = static_cast<std::size_t>(poses.size(0));
  const auto pose = poses.accessor<float, 2>();
  const auto bin_of = [&](std::size_t i) {
    const auto row = pose[static_cast<std::int64_t>(i)];
    return std::pair(std::lround(row[0] / kBinDeg), std::lround(row[1] / kBinDeg));
  };
  std::map<std::pair<long, long>, double> faces_in;
  for (std::size_t i = 0; i < count; ++i) ++faces_in[bin_of(i)];
  const auto n = static_cast<double>(count), bins = static_cast<double>(faces_in.size());
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += balance > 0 ? (1 - balance) + balance * n / (bins * faces_in[bin_of(i)]) : 1;
    shares_.push_back(sum);
  }
  shares_.back() = n;
}

const std::vector<std::int64_t>& Sampler::epoch(std::int64_t number) {
  if (number == made_) return order_;
  std::uint64_t state = item_seed(seed_, name_, number, 0);
  const auto draw = [&state] { return state = mix_bits(state); };
  // Systematic sampling: each face comes as often as its share says, rounded up or down.
  const double offset = static_cast<double>(draw() >> 11) * 0x1p-53;
  order_.clear();
  double before = std::floor(offset);
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    const double upto = std::floor(shares_[i] + offset);
    order_.insert(order_.end(), static_cast<std::size_t>(upto - before), static_cast<std::int64_t>(i));
    before = upto;
  }
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[draw() % i]);
  made_ = number;
  return order_;
}

std::vector<std::int64_t> Sampler::at(std::int64_t first, std::int64_t count) {
  const auto length = static_cast<std::int64_t>(shares_.size());
  std::vector<std::int64_t> out;
  for (std::int64_t place = first; place < first + count; ++place)
    out.push_back(epoch(place / length)[static_cast<std::size_t>(place % length)]);
  return out;
}

}  // namespace understudy::model
