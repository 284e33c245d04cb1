#include "understudy/model/trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/parallel.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"
#include "understudy/model/augment.h"
#include "understudy/model/clipping.h"
#include "understudy/model/loader.h"
#include "understudy/model/losses.h"
#include "understudy/model/network.h"
#include "understudy/model/optimizer.h"
#include "understudy/model/pose_match.h"
#include "understudy/model/schedule.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kGoodEvery = 200;  // iterations between the states that a bad step goes back to
constexpr std::size_t kLikeness = 0, kPerformer = 1;  // the network's identities
constexpr std::int64_t kStatisticFaces = 400;         // enough to know a set's poses and light by

FaceBatch on_device(const FaceBatch& faces, torch::Device device) {
  const auto moved = [device](const torch::Tensor& t) { return t.defined() ? t.to(device) : t; };
  return {moved(faces.targets_nchw), moved(faces.masks_nchw), moved(faces.inputs_nchw),
          moved(faces.landmarks), moved(faces.pose)};
}

std::string sizes_text(const NetworkConfig& n) {
  return text(n.input_px, " pixels in, ", n.output_px, " out, code ", n.code_size);
}

/// Both sides of one step, as the network takes them.
struct SidePair {
  TrainingBatch likeness, performer;
};

}  // namespace

struct Trainer::State {
  State(const TrainerOptions& given, const FaceSet& likeness_faces, const FaceSet& performer_faces)
      : options(checked(given)),
        config(options.preset.training),
        device(device_from_name(options.device)),
        threads(effective_threads(options.threads)),
        window(window_in(options.crop_family)),
        likeness(likeness_faces, "likeness", store_sizes(options.preset.network, window), threads),
        pairs(paired_faces(config, likeness_faces, performer_faces)),
        performer(performer_faces, "performer", store_sizes(options.preset.network, window), threads),
        layout(weight_layout(options.preset.network)),
        buffers(fresh_buffers()),
        network(options.preset.network, buffers.weights, working_type(options.precision, device), true) {
    const torch::NoGradGuard no_gradients;
    performer_statistics = statistics_of(performer, window);
    if (config.fit_outline)
      likeness_scale = outline_scale(statistics_of(likeness, window), performer_statistics);
    likeness_statistics = statistics_of(likeness, window_of(Side::kLikeness));
  }

  PoseStatistics statistics_of(const FaceStore& store, const Window& in) const {
    return pose_statistics(on_device(store.spread(kStatisticFaces), device), in);
  }

  /// The likeness is drawn larger or smaller by looking at less or more of its crop.
  Window window_of(Side side) const {
    return side == Side::kLikeness ? Window{window.side / likeness_scale, window.down} : window;
  }

  static const TrainerOptions& checked(const TrainerOptions& options) {
    check_preset(options.preset, text("the preset '", options.preset_name, "'"));
    use_threads(options.threads);
    return options;
  }

  OptimizerState fresh_buffers() const {
    const torch::Tensor weights = initial_weights(layout, options.seed).to(device);
    return {weights, weights.clone(), at::zeros_like(weights), at::zeros_like(weights)};
  }

  static std::vector<FacePair> paired_faces(const TrainingConfig& config, const FaceSet& likeness,
                                            const FaceSet& performer) {
    if (!config.paired) return {};
    std::vector<FacePair> pairs = pairs_of(likeness, performer);
    if (pairs.empty())
      throw Error(ErrorCode::kInput, "no face of the performer shows the same moment as one of the likeness",
                  "paired training needs sources of the same name and frame numbers on both sides");
    return pairs;
  }

  double progress() const {
    double part = 0;
    if (options.iterations || !options.minutes)
      part = static_cast<double>(iteration) /
             static_cast<double>(options.iterations.value_or(config.iterations));
    if (options.minutes) part = std::max(part, seconds / (*options.minutes * 60));
    return part;
  }

  TrainingBatch disturbed(const FaceBatch& cpu_faces, Side side) const {
    const FaceBatch faces = on_device(cpu_faces, device);
    const bool is_likeness = side == Side::kLikeness;
    AugmentConfig augmentation = config.augment;
    // The performer's light is the plate's: it is what the likeness is given, and stays.
    if (!is_likeness) augmentation.relight = 0;
    const PoseStatistics& own = is_likeness ? likeness_statistics : performer_statistics;
    const PoseStatistics& other = is_likeness ? performer_statistics : likeness_statistics;
    at::Generator random =
        seeded_generator(item_seed(options.seed, "augment", iteration, is_likeness ? 0 : 1));
    const MatchFields match = match_by_pose(faces, own, other, window_of(side), augmentation, random);
    return augment(faces, window_of(side), match, options.preset.network, augmentation,
                   disturbance(config, progress()), random);
  }

  SidePair next_batches() {
    if (!loader)
      loader = std::make_unique<Loader>(likeness, performer, config, pairs, options.seed, iteration, threads);
    const Loader::Batches raw = loader->next();
    const torch::NoGradGuard no_gradients;
    return {disturbed(raw.likeness, Side::kLikeness), disturbed(raw.performer, Side::kPerformer)};
  }

  /// Fills the gradient. One pass of the encoder serves both sides.
  void forward_and_backward(const SidePair& batches, StepReport& report) {
    const std::int64_t count = config.batch;
    const torch::Tensor codes =
        network.encode(at::cat({batches.likeness.inputs_nchw, batches.performer.inputs_nchw}));
    const auto loss = [&](const TrainingBatch& batch, std::size_t identity, std::int64_t first) {
      const Decoded decoded = network.decode(codes.narrow(0, first, count), identity);
      return total_loss(config.losses, decoded, batch.targets_nchw, batch.masks_nchw, config.outside_weight);
    };
    const torch::Tensor likeness_loss = loss(batches.likeness, kLikeness, 0);
    const torch::Tensor performer_loss =
        loss(batches.performer, config.paired ? kLikeness : kPerformer, count);
    network.gradients().zero_();
    (likeness_loss + config.performer_weight * performer_loss).backward();
    report.likeness_loss = likeness_loss.item<double>();
    report.performer_loss = performer_loss.item<double>();
    report.gradient_norm = network.gradients().norm().item<double>();
  }

  void update(StepReport& report) {
    const torch::NoGradGuard no_gradients;
    report.learning_rate = learning_rate(config, iteration, progress()) * guard.rate_factor(iteration);
    const UpdateRule rule{report.learning_rate,
                          config.beta1,
                          config.beta2,
                          config.weight_decay,
                          clip_scale(report.gradient_norm, config.clip_norm),
                          average_decay(config, iteration),
                          iteration + 1};
    optimizers().at(config.optimizer)(buffers, network.gradients(), rule);
  }

  /// Leaves this step out and everything since the last good state. Its iterations stay counted, so that the
  /// draws that led here do not come again.
  void go_back(StepReport& report) {
    const torch::NoGradGuard no_gradients;
    guard.note_bad(iteration + 1, report.trouble);
    if (guard.gave_up()) {
      throw Error(
          ErrorCode::kResource,
          text("the training has diverged, ", Guard::kMostStrikes,
               " times within a short while: ", guard.evidence()),
          "the last checkpoint is intact; look at the faces of both sides, or begin anew with a lower rate");
    }
    buffers.weights.copy_(good.weights);
    buffers.average.copy_(good.average);
    buffers.first_moment.copy_(good.first_moment);
    buffers.second_moment.copy_(good.second_moment);
    report.trouble +=
        text("; went back to the state of iteration ", good_iteration, ", with ",
             guard.rate_factor(iteration + 1), " of the rate for ", Guard::kSlow, " iterations");
  }

  void keep_as_good() {
    const torch::NoGradGuard no_gradients;
    const auto copy = [](const torch::Tensor& buffer) { return buffer.to(torch::kCPU, false, true); };
    good = {copy(buffers.weights), copy(buffers.average), copy(buffers.first_moment),
            copy(buffers.second_moment)};
    good_iteration = iteration;
  }

  ModelHeader header() const {
    return {options.preset_name,
            options.preset,
            options.crop_family,
            options.crop_px,
            window,
            likeness_scale,
            iteration,
            seconds,
            options.seed,
            guard,
            options.lineage};
  }

  TrainerOptions options;
  TrainingConfig config;
  torch::Device device;
  int threads;
  Window window;  ///< the performer's
  FaceStore likeness;
  std::vector<FacePair> pairs;
  FaceStore performer;
  WeightLayout layout;
  OptimizerState buffers;
  OptimizerState good;  ///< a copy on the CPU, to go back to
  std::int64_t good_iteration = 0;
  Guard guard;
  Network network;
  double likeness_scale = 1;
  PoseStatistics likeness_statistics, performer_statistics;
  std::int64_t iteration = 0;
  double seconds = 0;
  std::unique_ptr<Loader> loader;  ///< last, so that it stops before what it reads goes
};

Trainer::Trainer(const TrainerOptions& options, const FaceSet& likeness, const FaceSet& performer)
    : state_(std::make_unique<State>(options, likeness, performer)) {}
Trainer::~Trainer() = default;

std::string Trainer::resume(const std::filesystem::path& folder) {
  State& s = *state_;
  const Checkpoint checkpoint = load_checkpoint(folder);
  const ModelHeader& h = checkpoint.header;
  if (h.preset_name != s.options.preset_name || !(h.preset.network == s.options.preset.network)) {
    throw Error(ErrorCode::kFormat,
                text(folder.string(), " holds a model of the preset '", h.preset_name, "' (",
                     sizes_text(h.preset.network), "), this training is of '", s.options.preset_name, "' (",
                     sizes_text(s.options.preset.network), ")"),
                text("use --preset ", h.preset_name, " or another model folder"));
  }
  if (h.crop_family != s.options.crop_family) {
    throw Error(ErrorCode::kFormat,
                text(folder.string(), " holds a model of '", h.crop_family, "' crops, these faces are '",
                     s.options.crop_family, "' crops"),
                "align the faces with the model's crop family, or use another model folder");
  }
  const std::string where = checkpoint.path.string();
  fill_weights(s.layout, s.buffers.weights, checkpoint.file, CheckpointPart::kWeights, where);
  fill_weights(s.layout, s.buffers.average, checkpoint.file, CheckpointPart::kAverage, where);
  fill_weights(s.layout, s.buffers.first_moment, checkpoint.file, CheckpointPart::kFirstMoment, where);
  fill_weights(s.layout, s.buffers.second_moment, checkpoint.file, CheckpointPart::kSecondMoment, where);
  std::vector<std::string> notes;
  if (!checkpoint.note.empty()) notes.push_back(checkpoint.note);
  if (h.seed != s.options.seed)
    notes.push_back(
        text("the model goes on with the seed ", h.seed, " that it was begun with, not ", s.options.seed));
  s.options.seed = h.seed;
  s.window = h.window;
  s.likeness_scale = h.likeness_scale;
  s.performer_statistics = s.statistics_of(s.performer, s.window);
  s.likeness_statistics = s.statistics_of(s.likeness, s.window_of(Side::kLikeness));
  s.iteration = h.iteration;
  s.seconds = h.seconds;
  // Other faces have another usual loss.
  s.guard = h.lineage == s.options.lineage ? h.guard : Guard();
  s.good = {};
  s.loader.reset();
  return joined(notes, "; ");
}

void Trainer::start_from(const std::filesystem::path& weights_file) {
  State& s = *state_;
  fill_weights(s.layout, s.buffers.weights, read_safetensors(weights_file), CheckpointPart::kAverage,
               weights_file.string());
  s.buffers.average.copy_(s.buffers.weights);
  s.buffers.first_moment.zero_();
  s.buffers.second_moment.zero_();
  s.good = {};
}

StepReport Trainer::step() {
  State& s = *state_;
  const auto started = std::chrono::steady_clock::now();
  StepReport report;
  if (!s.good.weights.defined()) s.keep_as_good();
  s.forward_and_backward(s.next_batches(), report);
  const double loss = report.likeness_loss + report.performer_loss;
  report.trouble = s.guard.trouble(loss, report.gradient_norm);
  if (report.trouble.empty()) {
    s.update(report);
    s.guard.note_good(loss);
  } else {
    s.go_back(report);
  }
  report.iteration = ++s.iteration;
  if (report.trouble.empty() && s.iteration % kGoodEvery == 0) s.keep_as_good();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  s.seconds += report.seconds;
  return report;
}

std::int64_t Trainer::iteration() const {
  return state_->iteration;
}
double Trainer::seconds() const {
  return state_->seconds;
}
double Trainer::progress() const {
  return std::min(1.0, state_->progress());
}

void Trainer::save(const std::filesystem::path& folder) const {
  const State& s = *state_;
  NamedTensors tensors = named_weights(s.layout, s.buffers.weights, CheckpointPart::kWeights);
  const auto add = [&](const torch::Tensor& flat, std::string_view prefix) {
    NamedTensors more = named_weights(s.layout, flat, prefix);
    std::ranges::move(more, std::back_inserter(tensors));
  };
  add(s.buffers.average, CheckpointPart::kAverage);
  add(s.buffers.first_moment, CheckpointPart::kFirstMoment);
  add(s.buffers.second_moment, CheckpointPart::kSecondMoment);
  save_checkpoint(folder, s.header(), tensors);
}

void Trainer::save_weights(const std::filesystem::path& weights_file) const {
  NamedTensors tensors = named_weights(state_->layout, state_->buffers.average, CheckpointPart::kAverage);
  for (auto& [name, tensor] : tensors) tensor = tensor.to(torch::kBFloat16);
  write_safetensors(weights_file, tensors,
                    {{"format", "pt"}, {"understudy", header_to_json(state_->header()).dump()}});
}

torch::Tensor Trainer::preview_sheet(std::int64_t rows) const {
  const State& s = *state_;
  const torch::NoGradGuard no_gradients;
  const NetworkConfig& sizes = s.options.preset.network;
  const Network network(sizes, s.buffers.average, working_type(s.options.precision, s.device), false);
  const auto crops = [&](const FaceStore& store) {
    return on_device(store.spread(rows), s.device).targets_nchw.to(torch::kFloat32) / 255;
  };
  const torch::Tensor likeness = crops(s.likeness), performer = crops(s.performer);
  const Window likeness_window = s.window_of(Side::kLikeness);
  const torch::Tensor likeness_codes = network.encode(network_input(likeness, likeness_window, sizes));
  const torch::Tensor performer_codes = network.encode(network_input(performer, s.window, sizes));
  const Decoded swap = network.decode(performer_codes, kLikeness);
  const std::int64_t count = std::min(likeness.size(0), performer.size(0));
  std::vector<torch::Tensor> columns = {
      cut(likeness, likeness_window, sizes.output_px),
      network.decode(likeness_codes, kLikeness).image_nchw,
      cut(performer, s.window, sizes.output_px),
      resized(network.decode(performer_codes, kPerformer).image_nchw, sizes.output_px),
      swap.image_nchw,
      swap.mask_nchw.expand({-1, 3, -1, -1})};
  for (torch::Tensor& column : columns) column = column.narrow(0, 0, count);
  const torch::Tensor sheet = at::cat(columns, 3).permute({0, 2, 3, 1});  // N x S x 6S x 3
  return (sheet.reshape({-1, sheet.size(2), 3}) * 255)
      .round_()
      .clamp_(0, 255)
      .to(torch::kUInt8)
      .to(torch::kCPU)
      .contiguous();
}

}  // namespace understudy::model
