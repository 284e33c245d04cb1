#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "understudy/core/bounded_queue.h"
#include "understudy/model/face_store.h"
#include "understudy/model/pose_match.h"
#include "understudy/model/presets.h"
#include "understudy/model/sampler.h"
#include "understudy/model/side_queue.h"

namespace understudy::model {

/// Which part of every batch a process makes: of `ranks` processes that number `rank`, from 0.
struct RankShare {
  std::int64_t rank = 0, ranks = 1;
};

struct TrainingFacesOptions {
  torch::Device device = torch::kCPU;
  int threads = 1;
  std::filesystem::path cache;                        ///< folder of decoded faces; empty: in memory
  std::function<bool()> stop = [] { return false; };  ///< asked between faces that are decoded
  std::uint64_t seed = 0;
  RankShare share;
};

/// All persons' faces of a training, and what makes its batches of them: drawn, disturbed, ready for the
/// network. What a batch holds is a function of the seed, the configuration and its place in the sequence of
/// samples.
class TrainingFaces {
 public:
  /// The sets must outlive this. Throws as FaceStore; Error kInput when paired faces are asked for and there
  /// are none.
  TrainingFaces(const FaceSets& sets, const NetworkConfig& network, const TrainingFacesOptions& options,
                const Window& window);
  ~TrainingFaces();
  TrainingFaces(const TrainingFaces&) = delete;
  TrainingFaces& operator=(const TrainingFaces&) = delete;

  /// How large each likeness' head must be drawn to be as large as the performers'.
  std::vector<double> outline_scales() const;
  /// From now on that is the performers' window, and each likeness is drawn that much larger, by looking at
  /// less of its crop.
  void set_geometry(const Window& window, std::vector<double> likeness_scales);
  /// From now on batches are made by this configuration.
  void set_config(const TrainingConfig& config);
  void set_seed(std::uint64_t seed);
  /// From now on likenesses' codes are moved by what `encode` makes of the faces as the network sees them, as
  /// far as the configuration says; see AugmentConfig::code_shift.
  void set_codes(const std::function<torch::Tensor(const torch::Tensor&)>& encode);

  /// One batch of each person whose faces are taught, from that place in their sequences on: of everybody; of
  /// the performers when faces are paired; of the likenesses when performers weigh nothing. The places of all
  /// processes' batches are [first, first + batch * ranks); this one's share of them is returned. `strength`:
  /// see augment(). Asked for places in order it has them read ahead of time on a thread of its own.
  std::vector<TrainingBatch> batches(std::int64_t first, double strength);
  /// Begins with what batches() will be asked for next: a GPU does it beside what it was given since then.
  void prepare(std::int64_t first, double strength);
  /// Samples of each person that one call of batches() takes, of all processes.
  std::int64_t samples_a_batch() const { return config_.batch * options_.share.ranks; }

  std::size_t size() const { return people_.size(); }
  bool is_likeness(std::size_t identity) const { return identity < likenesses_; }
  std::size_t likenesses() const { return likenesses_; }
  /// Whether performers' decoders learn anything by this configuration.
  bool performers_learn() const { return config_.performer_weight > 0 && !config_.paired; }
  const FaceStore& store(std::size_t identity) const { return people_[identity].store; }
  Window window_of(std::size_t identity) const;
  const std::vector<double>& likeness_scales() const { return likeness_scales_; }
  const RankShare& share() const { return options_.share; }

 private:
  struct Person {
    FaceStore store;
    PoseStatistics statistics;
    std::unique_ptr<Sampler> sampler;
  };
  struct Raw {
    std::int64_t first = 0;
    std::vector<FaceBatch> faces;
    std::exception_ptr failure;
  };
  struct Prepared {
    std::int64_t first;
    std::vector<TrainingBatch> batches;
  };
  std::vector<TrainingBatch> made(std::int64_t first, double strength);
  /// Faces of two persons that show the same moment.
  struct Pair {
    std::int64_t likeness_idx, performer_idx;
  };

  void keep_on_device();
  void gather_statistics(std::size_t identity);
  void find_pairs();
  Raw read(std::int64_t first);
  FaceBatch read_paired(std::size_t performer, std::int64_t first, std::int64_t count);
  std::vector<FaceBatch> next_raw(std::int64_t first);
  void start_reading(std::int64_t first);
  TrainingBatch disturbed(const FaceBatch& cpu_faces, std::size_t identity, std::int64_t first,
                          double strength) const;

  const FaceSets sets_;
  NetworkConfig network_;
  TrainingFacesOptions options_;
  TrainingConfig config_;
  Window window_;  ///< the performers'
  std::size_t likenesses_;
  std::vector<double> likeness_scales_;
  std::vector<Person> people_;
  std::vector<std::size_t> taught_;       ///< identities
  std::vector<std::vector<Pair>> pairs_;  ///< of each performer, when faces are paired
  std::vector<std::unique_ptr<Sampler>> pair_samplers_;
  SideQueue aside_;
  std::optional<Prepared> prepared_;  ///< aside
  /// The reader's queue and thread; last, so that it stops before what it reads goes.
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace understudy::model
