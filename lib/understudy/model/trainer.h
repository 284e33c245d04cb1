#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "understudy/model/checkpoint.h"
#include "understudy/model/device.h"
#include "understudy/model/faces.h"
#include "understudy/model/presets.h"

namespace understudy::model {

struct TrainerOptions {
  std::string preset_name;  ///< what the header calls `preset`
  Preset preset;            ///< presets().at(preset_name), perhaps changed
  std::string device = "cpu";
  int threads = 0;  ///< < 1: as core's effective_threads() says
  std::uint64_t seed = 0;
  Precision precision = Precision::kAuto;
  std::optional<std::int64_t> iterations;  ///< the planned end; part of a reproducible run
  std::optional<double> minutes;           ///< of training in all, earlier runs of the same model counted
  std::string crop_family;                 ///< of both sets' crops, for the header
  std::int64_t crop_px = 0;                ///< side of the crops, for the header
  Json lineage = Json::object();  ///< whatever else the header shall hold: digests, consents, versions
};

/// What one step saw, for the loss log.
struct StepReport {
  std::int64_t iteration = 0;  ///< the number of steps done, this one included
  double likeness_loss = 0, performer_loss = 0;
  double learning_rate = 0, gradient_norm = 0;
  double seconds = 0;
  std::string trouble;  ///< why the step was not taken and what was done instead; empty when all is well
};

/// Trains one model on two sets of faces. One thread uses it at a time.
///
/// Every random draw is a function of the seed and the iteration, so that a resumed run goes on as the
/// unbroken one would have: on a CPU with the same number of threads and a planned number of iterations, to
/// the bit. With only `minutes` the schedules follow the clock and the result is not reproducible.
class Trainer {
 public:
  /// The sets must outlive the trainer. Throws Error kInput when a set is empty, kResource when there is no
  /// such device, kFormat when the preset makes no sense.
  Trainer(const TrainerOptions& options, const FaceSet& likeness, const FaceSet& performer);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Goes on from the newest whole checkpoint in `folder`, with the seed kept there. Returns what a person
  /// should know about it (a damaged newer checkpoint, another seed), or nothing. Throws Error kFormat,
  /// naming both, when the model there has another preset, other sizes or other crops; kInput when there is
  /// no checkpoint.
  std::string resume(const std::filesystem::path& folder);
  /// Starts from the weights of a safetensors file that save_weights() wrote, the optimiser afresh. Throws
  /// Error kFormat.
  void start_from(const std::filesystem::path& weights_file);

  /// One iteration. When its loss or gradient is no number, or the loss is far above what is usual, it is not
  /// taken: the training goes back to its last good state, at half the rate for a while; see guard.h. Throws
  /// Error kResource when that happens too often.
  StepReport step();
  std::int64_t iteration() const;
  double seconds() const;   ///< spent in step(), earlier runs counted
  double progress() const;  ///< 0..1 of the planned iterations or minutes, whichever is further
  bool finished() const { return progress() >= 1; }

  /// Writes a checkpoint and model.json; see save_checkpoint(). Throws Error kResource; the earlier
  /// checkpoints are then intact.
  void save(const std::filesystem::path& folder, const KeepRule& keep = {}) const;
  /// Writes the averaged weights alone, in bfloat16, as a base for other models.
  void save_weights(const std::filesystem::path& weights_file) const;

  /// uint8, H x W x 3, BGR. Each row: likeness, its reconstruction, performer, its reconstruction, swap,
  /// swap's mask; made with the averaged weights. Rows are spread evenly over the performer's set.
  /// Asks `stopped` before each row; when it says yes, the result is undefined.
  torch::Tensor preview_sheet(
      std::int64_t rows, const std::function<bool()>& stopped = [] { return false; }) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace understudy::model
