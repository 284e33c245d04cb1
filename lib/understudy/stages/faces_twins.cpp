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
template <class Place>
std::uint64_t key_of(const Place& place) {
  std::uint64_t out = 0;
  for (const std::int64_t number : place) out = mix_bits(out ^ static_cast<std::uint64_t>(number));
  return out;
}

/// Of the distance between two heads.
template <class Head>
float square(const Head& a, const Head& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
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
  std::copy_n(order.begin(), kHead, axes_.begin());
}

Twins::Head Twins::head_of(const FaceLook& look) const {
  Head out;
  for (std::size_t i = 0; i < kHead; ++i) out[i] = look.numbers[axes_[i]];
  return out;
}

Twins::Place Twins::place_of(const Head& head) const {
  Place out;
  for (std::size_t i = 0; i < kAxes; ++i) out[i] = static_cast<std::int64_t>(std::floor(head[i] / width_));
  return out;
}

const Twins::Cell* Twins::cell_beside(const Place& place, std::size_t neighbour) const {
  Place beside = place;
  for (std::int64_t& number : beside) {
    number += static_cast<std::int64_t>(neighbour % 3) - 1;
    neighbour /= 3;
  }
  const auto found = cells_.find(key_of(beside));
  return found == cells_.end() ? nullptr : &found->second;
}

std::optional<std::size_t> Twins::of(std::size_t face) const {
  const FaceLook& look = *looks_[face];
  const Head head = head_of(look);
  const Place place = place_of(head);
  const auto most = static_cast<float>(width_ * width_);
  std::size_t first = kept_.size();
  for (std::size_t neighbour = 0; neighbour < kNeighbours; ++neighbour) {
    const Cell* cell = cell_beside(place, neighbour);
    if (!cell) continue;
    for (const Kept& kept : *cell) {
      if (kept.rank >= first) break;
      if (square(head, kept.head) > most) continue;
      if (distance(look, *looks_[kept_[kept.rank]]) < threshold_) first = kept.rank;
    }
  }
  return first == kept_.size() ? std::nullopt : std::optional(kept_[first]);
}

void Twins::keep(std::size_t face) {
  const Head head = head_of(*looks_[face]);
  cells_[key_of(place_of(head))].push_back({kept_.size(), head});
  kept_.push_back(face);
}

}  // namespace understudy::stages
