#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include "understudy/core/bounded_queue.h"
#include "understudy/model/augment.h"
#include "understudy/model/faces.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// One side's faces at the sizes that training needs: kept in memory when they fit, else read when asked for.
class FaceStore {
 public:
  /// Reads all faces, on up to `threads` threads, when they fit into `memory_limit` bytes; else a few hundred
  /// of them, for their poses and light. `what` names the side in messages. Throws Error kInput when the set
  /// is empty, kFormat for a face of a wrong shape or type.
  FaceStore(const FaceSet& faces, std::string what, StoreSizes sizes, int threads,
            std::uint64_t memory_limit = kMemoryLimit);

  /// The faces of those indices; thread-safe.
  FaceBatch batch(const std::vector<std::int64_t>& indices, int threads) const;
  /// A sample spread evenly over the set, all of it when it has at most `count` faces.
  FaceBatch spread(std::int64_t count) const;
  std::int64_t size() const { return size_; }
  /// Of each face, when all are in memory; otherwise empty.
  const std::vector<float>& yaw_deg() const { return yaw_deg_; }

  static constexpr std::uint64_t kMemoryLimit = 3ULL << 30;

 private:
  FaceBatch read(std::int64_t idx) const;

  const FaceSet& faces_;
  std::string what_;
  StoreSizes sizes_;
  std::int64_t size_;
  int threads_;
  std::vector<FaceBatch> kept_;  ///< one face each; empty when they do not fit
  std::vector<float> yaw_deg_;
};

/// Faces of the two sides that show the same moment.
struct FacePair {
  std::int64_t likeness_idx, performer_idx;
};

/// Every performer's face that has a likeness' face of its moment, with that.
std::vector<FacePair> pairs_of(const FaceSet& likeness, const FaceSet& performer);

/// Which of `size` faces a step uses: a function of seed, iteration and side alone. `yaw_deg` may be empty.
/// With `yaw_balance` each draw picks, with that probability, a bin of yaw first, so that rare poses come as
/// often as frequent ones.
std::vector<std::int64_t> pick_faces(std::int64_t size, const std::vector<float>& yaw_deg, std::int64_t count,
                                     double yaw_balance, std::uint64_t seed, std::int64_t iteration,
                                     std::int64_t side);

/// Batches of both sides for one iteration after another, made ahead of time on a thread of its own.
class Loader {
 public:
  struct Batches {
    std::int64_t iteration = 0;
    FaceBatch likeness, performer;
  };

  /// The stores must outlive the loader. Begins at `iteration`. With `pairs`, the performer's faces are drawn
  /// from them alone, and come with the likeness' face as their target.
  Loader(const FaceStore& likeness, const FaceStore& performer, const TrainingConfig& config,
         std::vector<FacePair> pairs, std::uint64_t seed, std::int64_t iteration, int threads);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next iteration's; throws what loading a face threw.
  Batches next();

 private:
  FaceBatch paired_batch(const FaceStore& likeness, const FaceStore& performer,
                         const std::vector<std::int64_t>& picked, int threads) const;

  struct Item {
    Batches batches;
    std::exception_ptr failure;
  };
  std::vector<FacePair> pairs_;
  BoundedQueue<Item> queue_{3};
  std::jthread thread_;
};

}  // namespace understudy::model
