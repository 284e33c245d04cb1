#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/model/presets.h"

namespace understudy::model {

struct MemoryItem {
  std::string name;
  double bytes = 0;
  bool on_host = false;  ///< in the machine's own memory also when a GPU computes
};

/// What a run takes at its height, item by item.
struct MemoryEstimate {
  std::vector<MemoryItem> items;
  bool on_gpu = false;

  double total() const;
  double host() const;  ///< of it, in the machine's own memory; all of it unless on_gpu
  double device() const { return total() - host(); }  ///< of it, in the GPU's
};

/// Of a training as the preset says, without the faces themselves. `working_bytes`: of the type in which
/// convolutions run, 2 or 4 (see device.h). Within 30 % of what a CPU run takes; docs/tools/train.md has the
/// measurements.
MemoryEstimate training_memory(const Preset& preset, std::int64_t working_bytes, bool on_gpu);
/// Of `batch` faces going through a trained network.
MemoryEstimate inference_memory(const NetworkConfig& config, std::int64_t batch, std::int64_t working_bytes,
                                bool on_gpu);

/// Bytes that there are.
struct MemoryThere {
  std::uint64_t host;    ///< of the machine's own
  std::uint64_t device;  ///< of the GPU's
};

/// Throws Error kResource, with the numbers and what to lower, when one of the two does not suffice.
void check_memory(const MemoryEstimate& need, const MemoryThere& there, const TrainingConfig& training);

/// One line for each item, and the total.
std::string memory_text(const MemoryEstimate& estimate);
/// {"items": [{"name", "bytes", "on_host"}], "total"}.
Json memory_json(const MemoryEstimate& estimate);

}  // namespace understudy::model
