#include "understudy/model/memory_estimate.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "understudy/core/error.h"
#include "understudy/core/memory.h"
#include "understudy/core/text.h"
#include "understudy/model/discriminators.h"
#include "understudy/model/layer_table.h"

namespace understudy::model {
namespace {

constexpr double kFloat = 4;
// Fitted to what training takes on a CPU; docs/tools/train.md has the measurements.
constexpr double kProgram = 220e6;      // libtorch and OpenCV, their threads and their buffers
constexpr double kPicturesOfLoss = 5;   // pictures that a loss keeps for its gradient
constexpr double kPicturesOfBatch = 8;  // crops, targets and what augmentation makes on the way
constexpr double kWorkCopies = 2;       // of the largest layer: its gradients and what a kernel reorders

double output_values(const Layer& l) {
  return static_cast<double>(l.channels_out * l.px_out * l.px_out);
}

/// Values of one face that the backward pass of a layer needs beside the layer's input.
double kept_values(const Layer& l) {
  switch (l.kind) {
    case LayerKind::kConv:
    case LayerKind::kDense:
      return output_values(l);
    case LayerKind::kResidual:  // both convolutions
    case LayerKind::kUp:        // before and after the doubling
      return 2 * output_values(l);
    case LayerKind::kPixelNorm:  // in float32
      return 3 * output_values(l);
    case LayerKind::kPicture:  // in float32, doubled and after the sigmoid
      return 4 * output_values(l);
    case LayerKind::kFlatten:  // no copies
    case LayerKind::kMap:
      return 0;
  }
  return 0;
}

struct Activations {
  double kept = 0, largest = 0;  ///< values for one face

  void add(const Part& part, double times = 1) {
    for (const Layer& layer : part) {
      kept += times * kept_values(layer);
      largest = std::max(largest, times * kept_values(layer));
    }
  }
  void add_route(const NetworkPlan& plan, const Route& route) {
    for (const Part* part : parts_of_route(plan, route, true)) add(*part);
    // Maps laid side by side or mixed are new ones.
    const double map = static_cast<double>(plan.decoders[route.decoder].front().channels_in) *
                       static_cast<double>(plan.decoders[route.decoder].front().px_in) *
                       static_cast<double>(plan.decoders[route.decoder].front().px_in);
    if (route.inters.size() > 1) kept += map;
    if (route.mixed_with >= 0) kept += 3 * map;
  }
};

struct Judges {
  double parameters = 0;
  double kept = 0;  ///< values of one face that a verdict's gradient needs
};

Judges judges_of(const NetworkPlan& plan, const Preset& preset) {
  Judges out;
  if (preset.training.adversarial > 0) {
    out.parameters += static_cast<double>(PatchDiscriminator::layout(preset.network.output_px).total);
    out.kept += PatchDiscriminator::kept_values(preset.network.output_px);
  }
  if (preset.training.code_adversarial > 0) {
    const Layer& code = plan.encoder.back();
    out.parameters += static_cast<double>(CodeDiscriminator::layout(code.channels_out, code.px_out).total);
    out.kept += 2 * output_values(code);  // its first map has a quarter of the pixels, the others less
  }
  return out;
}

double picture_values(std::int64_t px) {
  return 3 * static_cast<double>(px * px);
}

}  // namespace

double MemoryEstimate::total() const {
  double sum = 0;
  for (const MemoryItem& item : items) sum += item.bytes;
  return sum;
}

double MemoryEstimate::host() const {
  double sum = 0;
  for (const MemoryItem& item : items) sum += item.on_host || !on_gpu ? item.bytes : 0;
  return sum;
}

MemoryEstimate training_memory(const Preset& preset, std::int64_t working_bytes, bool on_gpu) {
  const NetworkConfig& n = preset.network;
  const TrainingConfig& t = preset.training;
  const NetworkPlan plan = network_plan(n);
  const LayerTable table = layer_table(n);
  const auto parameters = static_cast<double>(table.parameters), batch = static_cast<double>(t.batch);
  const auto working = static_cast<double>(working_bytes);
  double largest_weight = 0, convolutions = 0;
  for (const LayerRow& row : table.rows) {
    largest_weight = std::max(largest_weight, static_cast<double>(row.parameters));
    if (row.layer.kernel > 0) convolutions += static_cast<double>(row.parameters);
  }

  std::vector<std::size_t> decoded = {0};
  if (!t.paired && t.performer_weight > 0) decoded.push_back(n.likenesses.size());
  const auto sides = static_cast<double>(decoded.size());
  Activations kept;
  kept.add(plan.encoder, sides);
  double pictures = sides * kPicturesOfBatch * picture_values(n.input_px);
  for (const std::size_t identity : decoded) {
    const Route& route = plan.routes[identity];
    kept.add_route(plan, route);
    pictures += picture_values(plan.decoders[route.decoder].back().px_out) *
                (kPicturesOfBatch + kPicturesOfLoss * static_cast<double>(t.losses.size()));
  }
  const Judges judges = judges_of(plan, preset);
  const double activations = batch * kept.kept * working;
  const double judged = 2 * batch * judges.kept * working;  // real and made pictures
  const double losses = batch * pictures * kFloat;
  const double workspace = kWorkCopies * (batch * kept.largest * working + largest_weight * kFloat);
  const double moments = 2 * kFloat * parameters;
  const double whole_state = 4 * kFloat * (parameters + judges.parameters);
  // A checkpoint is written between steps, in the room that a step leaves: products as they are, convolutions
  // as copies. From a GPU all of it is copied.
  const double copies =
      on_gpu ? whole_state : std::max(0.0, 4 * kFloat * convolutions - activations - losses - workspace);
  MemoryEstimate out{{}, on_gpu};
  out.items = {{"weights", kFloat * parameters},
               {"gradients", kFloat * parameters},
               {"average", kFloat * parameters},
               {"the optimiser's two moments", moments},
               {"weights in the working type", working < kFloat ? working * parameters : 0},
               {"activations for the backward pass", activations},
               {"the discriminators", 5 * kFloat * judges.parameters},
               {"their activations", judged},
               {"losses and pictures", losses},
               {"workspace", workspace},
               {"what it began from", t.augment.code_shift > 0 ? kFloat * parameters : 0},
               {"the last good state", whole_state},
               {"more while a checkpoint is written", copies, true},
               {"the program", kProgram, true}};
  return out;
}

MemoryEstimate inference_memory(const NetworkConfig& config, std::int64_t batch, std::int64_t working_bytes,
                                bool on_gpu) {
  const NetworkPlan plan = network_plan(config);
  const auto parameters = static_cast<double>(layer_table(config).parameters);
  const auto working = static_cast<double>(working_bytes), faces = static_cast<double>(batch);
  Activations kept;
  kept.add(plan.encoder);
  kept.add_route(plan, plan.routes.front());
  MemoryEstimate out{{}, on_gpu};
  out.items = {{"weights", kFloat * parameters},
               {"weights in the working type", working < kFloat ? working * parameters : 0},
               {"workspace", (1 + kWorkCopies) * faces * kept.largest * working},
               {"pictures", faces * picture_values(config.output_px) * kPicturesOfBatch * kFloat},
               {"a checkpoint as it is read", kFloat * parameters, true},
               {"the program", kProgram, true}};
  return out;
}

void check_memory(const MemoryEstimate& need, const MemoryThere& there, const TrainingConfig& training) {
  const auto check = [&](double bytes, std::uint64_t available, std::string_view whose) {
    if (bytes <= static_cast<double>(available)) return;
    throw Error(ErrorCode::kResource,
                text("this training needs about ", bytes_text(bytes), " of ", whose, "memory at a batch of ",
                     training.batch, ", ", bytes_text(static_cast<double>(available)), " are available"),
                "lower --batch (the preset's accumulate makes up for it), or the widths or output_px of the "
                "preset; --print-model shows what takes how much");
  };
  check(need.host(), there.host, "");
  if (need.on_gpu) check(need.device(), there.device, "the GPU's ");
}

std::string memory_text(const MemoryEstimate& estimate) {
  std::ostringstream out;
  const auto line = [&](const std::string& name, double bytes) {
    out << "  " << std::left << std::setw(36) << name << std::right << std::setw(10) << bytes_text(bytes)
        << "\n";
  };
  for (const MemoryItem& item : estimate.items)
    if (item.bytes > 0) line(item.name, item.bytes);
  line("in all", estimate.total());
  return out.str();
}

Json memory_json(const MemoryEstimate& estimate) {
  Json items = Json::array();
  for (const MemoryItem& item : estimate.items)
    items.push_back({{"name", item.name}, {"bytes", item.bytes}, {"on_host", item.on_host}});
  return {{"items", std::move(items)}, {"total", estimate.total()}};
}

}  // namespace understudy::model
