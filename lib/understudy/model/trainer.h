#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "understudy/model/checkpoint.h"
#include "understudy/model/device.h"
#include "understudy/model/distributed/group.h"
#include "understudy/model/faces.h"
#include "understudy/model/memory_estimate.h"
#include "understudy/model/presets.h"
#include "understudy/model/training_faces.h"
#include "understudy/model/training_plan.h"

namespace understudy::model {

struct TrainerOptions {
  std::string preset_name;  ///< what the header calls `preset`
  Preset preset;            ///< presets().at(preset_name), perhaps changed
  /// What is trained after what; empty: one stage with the preset's training.
  std::vector<TrainingStage> plan;
  std::string device = "cpu";
  int threads = 0;           ///< < 1: as core's effective_threads() says
  std::uint64_t memory = 0;  ///< bytes of this machine that must suffice; 0: what is available
  std::uint64_t seed = 0;
  Precision precision = Precision::kAuto;
  std::filesystem::path cache;  ///< folder of decoded faces; empty: they are kept in memory
  std::function<bool()> stop = [] { return false; };  ///< asked between faces that are read, and batches
  /// Iterations whose losses are read from the device together, so that it need not wait for this program in
  /// between; 0: 1 on a CPU, kReadTogether on a GPU. A bad one is found when they are read.
  std::int64_t read_together = 0;
  /// Multiples of these numbers of iterations end a step, so that something may be done there.
  std::vector<std::int64_t> step_ends;
  /// Asked once a step; see StepReport::save_wanted.
  std::function<bool()> save_request = [] { return false; };
  /// The processes that train together: each makes its share of every batch, and all have the same weights.
  std::shared_ptr<Group> group = std::make_shared<Group>();
  std::string crop_family;        ///< of all sets' crops, for the header
  std::int64_t crop_px = 0;       ///< side of the crops, for the header
  Json places = Json::object();   ///< for the header; see there
  Json lineage = Json::object();  ///< whatever else the header shall hold: digests, consents, versions
};

inline constexpr std::int64_t kReadTogether = 10;

/// What one step saw, for the loss log.
struct StepReport {
  std::int64_t iteration = 0;                    ///< how many are done, this step's included
  std::int64_t iterations = 0;                   ///< of this step; losses and norm are means over them
  double likeness_loss = 0, performer_loss = 0;  ///< means over the people of a side
  double learning_rate = 0, gradient_norm = 0;
  double seconds = 0;
  std::string trouble;       ///< why the step was not taken and what was done instead; empty when all is well
  std::string new_stage;     ///< the kind of the stage that begins after this step, if one does
  bool stopped = false;      ///< a process was told to stop before it was done: nothing has changed
  bool save_wanted = false;  ///< a process was asked to save
};

/// Whether a stage of the plan moves codes, which needs weights to begin from: Trainer::start_from().
bool looks_back(const std::vector<TrainingStage>& plan);

/// The plan, or one stage with the preset's training.
std::vector<TrainingStage> plan_of(const TrainerOptions& options);

/// What the plan's largest stage takes, without the faces.
MemoryEstimate expected_memory(const TrainerOptions& options);

/// Throws what a Trainer would, for a preset that makes no sense, a device that is not there or memory that
/// does not suffice: before any face is read.
void check_options(const TrainerOptions& options);

/// Throws Error kFormat, naming both, when a training of these options cannot go on with the model in
/// `folder`, whose header is `header`: another network or other crops. Cheap, before any face is read.
void check_goes_on(const ModelHeader& header, const TrainerOptions& options,
                   const std::filesystem::path& folder);

/// Trains one model on the faces of its people. One thread uses it at a time.
///
/// Every random draw is a function of the seed and of how many samples came before, so that a resumed run
/// goes on as the unbroken one would have: on a CPU with the same number of threads and planned iterations,
/// to the bit. Where `minutes` decide, the schedules follow the clock and the result is not reproducible.
class Trainer {
 public:
  /// The sets, in the order of the network's identities, must outlive the trainer. Throws Error kInput when a
  /// set is empty, kResource when there is no such device, kFormat when the preset makes no sense, kStopped
  /// when told to stop while faces are read.
  Trainer(const TrainerOptions& options, const FaceSets& sets);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Goes on from the newest whole checkpoint in `folder`, with the seed kept there. Returns what a person
  /// should know about it (a damaged newer checkpoint, another seed, preset or optimiser), or nothing. Throws
  /// Error kFormat, naming both, when the model there has another network or other crops, or stands in
  /// another plan; kInput when there is no checkpoint.
  std::string resume(const std::filesystem::path& folder);
  /// Starts from averaged weights in a safetensors file: a checkpoint's or what save_average() wrote; the
  /// optimiser afresh. Of weights whose names begin like one of `parts`; empty: all. Where codes are moved,
  /// the file's network may have other decoders, and stays beside as it is. Throws Error kFormat; kUsage
  /// where codes are moved and the network has not the file's encoder.
  void start_from(const std::filesystem::path& weights_file, const std::vector<std::string>& parts = {});

  /// One iteration, or those whose losses are read together. When a loss or gradient is no number, or a loss
  /// is far above what is usual, the step is not taken: the training goes back to its last good state, at
  /// half the rate for a while; see guard.h. Throws Error kResource when that happens too often.
  StepReport step();
  /// For the search for a rate: from now on this one, whatever the schedule says.
  void fix_learning_rate(double rate);
  std::int64_t iteration() const;
  double seconds() const;   ///< spent in step(), earlier runs counted
  double progress() const;  ///< 0..1 of the plan
  bool finished() const;
  /// Kind of the stage that is on, and its number from 1 of how many: "warp, 2 of 4".
  std::string stage() const;
  const TrainingFaces& faces() const;

  /// Writes a checkpoint and model.json; see save_checkpoint(). Throws Error kResource; the earlier
  /// checkpoints are then intact.
  void save(const std::filesystem::path& folder, const KeepRule& keep = {}) const;
  /// uint8, H x W x 3, BGR. Each row: likeness, its reconstruction, performer, its reconstruction, swap,
  /// swap's mask; made with the averaged weights. Rows are spread evenly over the sets, and take the people
  /// of each side in turn. Told to stop before it is whole, it is undefined.
  torch::Tensor preview_sheet(std::int64_t rows) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace understudy::model
