#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "understudy/stages/faces_look.h"

namespace understudy::stages {

/// Faces that are kept, and whether another one is nearly like one of them. Kept faces lie in cells by the
/// numbers in which looks differ most, so that a face is compared with those of the cells around alone, and
/// of these first by a few more such numbers: all others are too far away. What is found is what comparing
/// with every kept face would find.
class Twins {
 public:
  using Looks = std::vector<std::optional<FaceLook>>;
  /// Faces are known by their places in `looks`, which stays where it is. Nearer than `threshold` is a twin.
  Twins(const Looks& looks, double threshold);

  /// The first face that was kept and is a twin of `face`, which has a look.
  std::optional<std::size_t> of(std::size_t face) const;
  void keep(std::size_t face);
  const std::vector<std::size_t>& kept() const { return kept_; }

 private:
  static constexpr std::size_t kAxes = 4, kHead = 16;
  using Place = std::array<std::int64_t, kAxes>;
  using Head = std::array<float, kHead>;  ///< the numbers in which looks differ most
  struct Kept {
    std::size_t rank;  ///< in kept_
    Head head;
  };
  using Cell = std::vector<Kept>;  ///< by rank

  Head head_of(const FaceLook& look) const;
  Place place_of(const Head& head) const;
  const Cell* cell_beside(const Place& place, std::size_t neighbour) const;

  const Looks& looks_;
  double threshold_, width_;
  std::array<std::size_t, kHead> axes_;
  std::vector<std::size_t> kept_;
  std::unordered_map<std::uint64_t, Cell> cells_;
};

}  // namespace understudy::stages
