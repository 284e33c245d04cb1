#include "understudy/stages/faces_twins.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "understudy/core/seeds.h"

namespace understudy::stages {
namespace {

constexpr std::size_t kNeighbours = 81;  // of a cell in four dimensions, and itself
constexpr double kRoundingRoom = 1e-3;

/// Cells of one key are looked through together, which finds nothing less.
template <class Cell>
std::uint64_t key_of(const Cell& cell) {
  std::uint64_t out = 0;
  for (const std::int64_t place : cell) out = mix_bits(out ^ static_cast<std::uint64_t>(place));
  return out;
}

std::array<double, FaceLook::kNumbers> variances(const Twins::Looks& looks) {
  std::array<double, FaceLook::kNumbers> sums{}, squares{};
  double count = 0;
  for (const auto& look : looks) {
    if (!look) continue;
    ++count;
    for (std::size_t i = 0; i < FaceLook::kNumbers; ++i) {
      sums[i] += look->numbers[i];
      squares[i] += static_cast<double>(look->numbers[i]) * look->numbers[i];
    }
  }
  for (std::size_t i = 0; i < FaceLook::kNumbers; ++i) squares[i] -= sums[i] * sums[i] / std::max(count, 1.0);
  return squares;
}

}  // namespace

Twins::Twins(const Looks& looks, double threshold)
    : looks_(looks), threshold_(threshold), width_(std::max(threshold, 1e-6) * (1 + kRoundingRoom)) {
  const auto spread = variances(looks);
  std::array<std::size_t, FaceLook::kNumbers> order;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return spread[a] > spread[b]; });
  std::copy_n(order.begin(), kAxes, axes_.begin());
}

Twins::Cell Twins::cell_of(const FaceLook& look) const {
  Cell out;
  for (std::size_t i = 0; i < kAxes; ++i)
    out[i] = static_cast<std::int64_t>(std::floor(look.numbers[axes_[i]] / width_));
  return out;
}

const std::vector<std::size_t>* Twins::cell_beside(const Cell& cell, std::size_t neighbour) const {
  Cell beside = cell;
  for (std::int64_t& place : beside) {
    place += static_cast<std::int64_t>(neighbour % 3) - 1;
    neighbour /= 3;
  }
  const auto found = ranks_.find(key_of(beside));
  return found == ranks_.end() ? nullptr : &found->second;
}

std::optional<std::size_t> Twins::of(std::size_t face) const {
  const FaceLook& look = *looks_[face];
  const Cell cell = cell_of(look);
  std::size_t first = kept_.size();
  for (std::size_t neighbour = 0; neighbour < kNeighbours; ++neighbour) {
    const std::vector<std::size_t>* ranks = cell_beside(cell, neighbour);
    if (!ranks) continue;
    for (const std::size_t rank : *ranks) {
      if (rank >= first) break;
      if (distance(look, *looks_[kept_[rank]]) < threshold_) first = rank;
    }
  }
  return first == kept_.size() ? std::nullopt : std::optional(kept_[first]);
}

void Twins::keep(std::size_t face) {
  ranks_[key_of(cell_of(*looks_[face]))].push_back(kept_.size());
  kept_.push_back(face);
}

}  // namespace understudy::stages
