#pragma once

#include <algorithm>

#include "pack.h"

namespace understudy::faces {

/// Batches of which each picture is used several times on average, in ever other company (Choi et al. 2019,
/// "Faster neural network training with data echoing"): on a processor making pictures costs more than
/// learning from them.
template <typename Batch>
class Echo {
 public:
  /// `make` gives as many new rows as it is asked for.
  template <typename Make>
  Batch next(const Make& make, std::int64_t count, std::int64_t times) {
    if (times <= 1) return make(count);
    const std::int64_t together = Batch::kRowsTogether;
    const std::int64_t fresh = std::max<std::int64_t>(1, count / times / together) * together;
    while (rows() < count) add(make(fresh), kBatchesKept * count);
    add(make(fresh), kBatchesKept * count);
    return drawn(count);
  }

 private:
  static constexpr std::int64_t kBatchesKept = 8;

  std::int64_t rows() { return pool_.pictures.defined() ? pool_.pictures.size(0) : 0; }

  /// Until there are `most`; from then on in the place of the oldest.
  void add(Batch fresh, std::int64_t most) {
    const std::int64_t count = fresh.pictures.size(0), kept = rows();
    const bool full = kept + count > most;
    if (full && oldest_ + count > kept) oldest_ = 0;
    const auto parts = pool_.parts(), added = fresh.parts();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (full)
        parts[i]->narrow(0, oldest_, count).copy_(*added[i]);
      else
        *parts[i] = kept == 0 ? *added[i] : at::cat({*parts[i], *added[i]});
    }
    if (full) oldest_ += count;
  }

  Batch drawn(std::int64_t count) {
    const std::int64_t together = Batch::kRowsTogether;
    const auto options = at::TensorOptions(at::kLong).device(pool_.pictures.device());
    const torch::Tensor groups = at::randperm(rows() / together, options).narrow(0, 0, count / together);
    const torch::Tensor chosen =
        (groups.unsqueeze(1) * together + at::arange(together, options).unsqueeze(0)).flatten();
    Batch out = pool_;
    for (torch::Tensor* part : out.parts()) *part = part->index_select(0, chosen);
    return out;
  }

  Batch pool_;
  std::int64_t oldest_ = 0;
};

}  // namespace understudy::faces
