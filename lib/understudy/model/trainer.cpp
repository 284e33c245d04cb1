#include "understudy/model/trainer.h"

#include <ATen/Context.h>
#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "understudy/core/error.h"
#include "understudy/core/parallel.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"
#include "understudy/model/adversary.h"
#include "understudy/model/batch_gradient.h"
#include "understudy/model/clipping.h"
#include "understudy/model/learner.h"
#include "understudy/model/preview.h"
#include "understudy/model/schedule.h"
#include "understudy/model/seen_loss.h"
#include "understudy/model/stage_course.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kGoodEvery = 200;  // iterations between the states that a bad step goes back to

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

struct Trainer::State {
  State(const TrainerOptions& given, const FaceSets& sets)
      : options(checked(given)),
        course(plan_of(options)),
        config(course.stage().training),
        device(device_from_name(options.device)),
        window(window_in(options.crop_family)),
        group(*options.group),
        faces(sets, options.preset.network,
              {device,
               effective_threads(options.threads),
               options.cache,
               options.stop,
               options.seed,
               {group.rank(), group.size()}},
              window),
        learner(weight_layout(options.preset.network), "", options.seed, device),
        network(options.preset.network, learner.weights(), working_type(options.precision, device), true),
        exchange(group, network.weights(), network.gradients()),
        adversary(options.preset.network, options.seed, device, working_type(options.precision, device)),
        gradient(network, faces, adversary, exchange),
        read_together(given.read_together > 0 ? given.read_together
                      : device.is_cuda()      ? kReadTogether
                                              : 1) {
    if (config.fit_outline) faces.set_geometry(window, faces.outline_scales());
    begin_stage();
  }

  static const TrainerOptions& checked(const TrainerOptions& options) {
    check_options(options);
    use_threads(options.threads);
    // Sizes stay the same, so it pays to look for the quickest convolutions.
    at::globalContext().setBenchmarkCuDNN(true);
    return options;
  }

  void begin_stage() {
    config = course.stage().training;
    faces.set_config(config);
    learner.freeze(config.freeze);
    // What is frozen and leads from the inputs on needs no backward pass.
    for (std::size_t i = 0; i < network.weights().size(); ++i)
      network.weights()[i].set_requires_grad(learner.moves(i));
    gradient.forget();
  }

  /// Keeps what the training begins from, a network of its own, where a stage looks back at it.
  void remember_start(const NetworkConfig& network_of_start, const TensorFile& file, std::string_view prefix,
                      const std::string& where) {
    if (!looks_back(plan_of(options))) return;
    start.emplace(network_of_start, file, prefix, where, device, working_type(options.precision, device));
    gradient.forget();
  }

  /// Where each person's codes lie: they stay there, since the encoder is frozen.
  void find_codes() {
    if (config.augment.code_shift <= 0) return;
    if (!start) throw Error(ErrorCode::kBug, "codes are moved in a training that began from no other model");
    faces.set_codes([this](const torch::Tensor& images) { return network.encode(images); });
  }

  double part() const { return course.part(iteration, seconds); }

  /// Fills the gradient and adds what is to be read of it to `unread`; false when a process was told to stop
  /// before it was whole.
  bool gather_gradient() {
    network.gradients().zero_();
    adversary.zero_gradients();
    const double strength = disturbance(config, part());
    torch::Tensor losses = at::zeros({2}, at::TensorOptions(torch::kFloat64).device(device));
    for (std::int64_t i = 0; i < config.accumulate; ++i) {
      if (group.any(options.stop())) return false;
      const std::int64_t first = samples + i * faces.samples_a_batch();
      losses += gradient.add(config, start ? &*start : nullptr,
                             {options.seed, first, strength, i + 1 == config.accumulate});
      prepare_next(i);
    }
    exchange.finish();
    if (Adversary::wanted(config)) {
      for (const torch::Tensor& of_judge : adversary.gradients()) {
        group.sum(of_judge);
        of_judge.div_(group.size());
      }
    }
    norm = learner.gradient_norm(network.gradients());
    unread.push_back(at::cat({losses, norm.to(torch::kFloat64).view({1})}));
    return true;
  }

  /// Has a GPU make the faces of the batch after the `i`th of this step beside that one's gradient.
  void prepare_next(std::int64_t i) {
    if (!device.is_cuda()) return;
    const bool ends_step = i + 1 == config.accumulate;
    const double part_then = ends_step ? course.part(iteration + 1, seconds) : part();
    faces.prepare(samples + (i + 1) * faces.samples_a_batch(), disturbance(config, part_then));
  }

  /// Whether the next iteration may be made before this one's losses are read.
  bool may_stay_unread() const {
    const std::int64_t next = iteration + 1;
    const auto ends = [next](std::int64_t every) { return every > 0 && next % every == 0; };
    return static_cast<std::int64_t>(unread.size()) < read_together && !ends(read_together) &&
           !ends(kGoodEvery) && std::ranges::none_of(options.step_ends, ends) &&
           !course.stage_over(next, seconds);
  }

  /// Reads what the processes must know alike, to go on alike, in one exchange. `since_s`: of this step so
  /// far.
  std::vector<SeenLoss> read(StepReport& report, double since_s) {
    std::vector<double> numbers = {tail_s + since_s, options.save_request() ? 1.0 : 0.0};
    if (!unread.empty()) {
      const torch::Tensor values = at::cat(unread).cpu();
      numbers.insert(numbers.end(), values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
    }
    unread.clear();
    numbers = group.sums(numbers);
    const auto ranks = static_cast<double>(group.size());
    seconds += numbers[0] / ranks;
    report.save_wanted = numbers[1] > 0;
    const std::vector<SeenLoss> seen = seen_losses(std::span(numbers).subspan(2), ranks);
    note_means(seen, report);
    return seen;
  }

  /// Before the first step: the other processes take over what the first has.
  void share_state() {
    const at::NoGradGuard no_gradients;
    const auto place = static_cast<double>(iteration) + static_cast<double>(samples);
    if (group.sums({place})[0] != place * group.size())
      throw Error(ErrorCode::kInput,
                  text("rank ", group.rank(), " of ", group.size(), " goes on from iteration ", iteration,
                       ", others from elsewhere"),
                  "all ranks of a training must see the same model folder");
    for (const torch::Tensor& buffer : learner.buffers()) group.broadcast(buffer);
    for (const torch::Tensor& buffer : adversary.buffers()) group.broadcast(buffer);
  }

  /// Throws when the processes have drifted apart.
  void check_agreement() {
    if (!group.agree_on(learner.weights()))
      throw Error(ErrorCode::kResource,
                  text("after iteration ", iteration, " the ranks no longer have the same weights"),
                  "the last checkpoint is good; run all ranks on hosts with the same processors");
  }

  /// Moves the weights. `read_norm`: the gradient's, when it was read; else the device clips by itself.
  void update(StepReport& report, const std::optional<double>& read_norm) {
    const std::int64_t in_stage = course.iteration_in_stage(iteration);
    report.learning_rate = fixed_rate.value_or(learning_rate(config, in_stage, part(), course.halvings()) *
                                               guard.rate_factor(iteration));
    UpdateRule rule;
    rule.rate = report.learning_rate;
    rule.beta1 = config.beta1;
    rule.beta2 = config.beta2;
    rule.weight_decay = config.weight_decay;
    rule.gradient_scale = read_norm ? clip.scale(*read_norm, config) : 1;
    torch::Tensor scale;
    if (!read_norm && clip.limit(config) > 0) {
      scale = (clip.limit(config) / norm.to(torch::kFloat64)).clamp_max(1).to(torch::kFloat32);
      rule.scale_there = scale.data_ptr<float>();
    }
    rule.average_decay = average_decay(config, iteration);
    rule.step = ++updates;
    rule.rate_dropout = config.rate_dropout;
    rule.seed = options.seed;
    learner.update(optimizers().at(config.optimizer), network.gradients(), rule);
    if (Adversary::wanted(config)) adversary.update(report.learning_rate);
    count_iteration(report);
  }

  /// Leaves this step out and everything since the last good state. Its samples stay counted, so that the
  /// draws that led here do not come again.
  void go_back(StepReport& report) {
    guard.note_bad(iteration + 1, report.trouble);
    if (guard.gave_up()) {
      throw Error(
          ErrorCode::kResource,
          text("the training has diverged, ", Guard::kMostStrikes,
               " times within a short while: ", guard.evidence()),
          "the last checkpoint is intact; look at the faces of both sides, or begin anew with a lower rate");
    }
    learner.restore(good->weights);
    adversary.restore(good->adversary);
    updates = good->updates;
    report.trouble +=
        text("; went back to the state of iteration ", good->iteration, ", with ",
             guard.rate_factor(iteration + 1), " of the rate for ", Guard::kSlow, " iterations");
  }

  void keep_as_good() { good = Good{learner.copy(), adversary.copy(), iteration, updates}; }

  /// False when a part of the step was bad; then all of it is undone.
  bool judge(const std::vector<SeenLoss>& seen, StepReport& report) {
    for (const SeenLoss& one : seen) {
      report.trouble = guard.trouble(one.loss(), one.gradient_norm);
      if (report.trouble.empty()) continue;
      go_back(report);
      return false;
    }
    return true;
  }

  /// After a step that was taken.
  void note(const std::vector<SeenLoss>& seen) {
    for (const SeenLoss& one : seen) {
      guard.note_good(one.loss());
      clip.note(one.gradient_norm, config);
      course.note(one.loss());
    }
  }

  void count_iteration(StepReport& report) {
    ++iteration;
    samples += config.accumulate * faces.samples_a_batch();
    ++report.iterations;
  }

  ModelHeader header() const {
    ModelHeader header;
    header.preset_name = options.preset_name;
    header.preset = options.preset;
    header.preset.training = config;
    header.crop_family = options.crop_family;
    header.crop_px = options.crop_px;
    header.window = window;
    header.likeness_scales = faces.likeness_scales();
    header.iteration = iteration;
    header.samples = samples;
    header.seconds = seconds;
    header.seed = options.seed;
    header.guard = guard;
    if (start) header.start = start->config();
    header.course = {{"place", course.to_json()},
                     {"updates", updates},
                     {"clip", clip.to_json()},
                     {"adversary", adversary.to_json()}};
    if (options.plan.size() > 1) header.course["plan"] = plan_to_json(options.plan);
    header.places = options.places;
    header.lineage = options.lineage;
    return header;
  }

  struct Good {
    OptimizerState weights;
    Adversary::Copy adversary;
    std::int64_t iteration = 0, updates = 0;
  };

  TrainerOptions options;
  StageCourse course;
  TrainingConfig config;  ///< of the stage that is on
  torch::Device device;
  Window window;  ///< the performers'
  Group& group;
  TrainingFaces faces;
  Learner learner;
  Network network;
  GradientExchange exchange;
  Adversary adversary;
  BatchGradient gradient;
  std::optional<StartingNetwork> start;
  std::optional<Good> good;  ///< to go back to
  Guard guard;
  GradientClip clip;
  std::optional<double> fixed_rate;
  std::int64_t read_together;
  std::vector<torch::Tensor> unread;  ///< of each iteration since the last reading: both losses, norm
  torch::Tensor norm;                 ///< of the gradient; on the device
  std::int64_t iteration = 0, samples = 0;
  std::int64_t updates = 0;  ///< of the optimiser's moments
  double seconds = 0;
  double tail_s = 0;  ///< of the last step, what `seconds` does not hold yet
};

Trainer::Trainer(const TrainerOptions& options, const FaceSets& sets)
    : state_(std::make_unique<State>(options, sets)) {}
Trainer::~Trainer() = default;

std::string Trainer::resume(const std::filesystem::path& folder) {
  State& s = *state_;
  const Checkpoint checkpoint = load_checkpoint(folder);
  const ModelHeader& h = checkpoint.header;
  const std::string where = checkpoint.path.string();
  check_goes_on(h, s.options, folder);
  std::string notes = checkpoint.note;
  const auto note = [&notes](const std::string& words) { notes += (notes.empty() ? "" : "; ") + words; };
  if (h.preset_name != s.options.preset_name)
    note(text("the model was begun with the preset '", h.preset_name, "', it goes on with '",
              s.options.preset_name, "'"));
  if (h.seed != s.options.seed)
    note(text("the model goes on with the seed ", h.seed, " that it was begun with, not ", s.options.seed));
  s.options.seed = h.seed;
  s.window = h.window;
  s.learner.fill_from(checkpoint.file, where);
  s.adversary.fill_from(checkpoint.file, where);
  s.remember_start(h.start.value_or(h.preset.network), checkpoint.file, CheckpointPart::kStart, where);
  s.iteration = h.iteration;
  s.samples = h.samples;
  s.seconds = h.seconds;
  if (h.course.contains("place")) {
    s.course.take_up(h.course["place"], where);
    s.course.advance(s.iteration, s.seconds);  // a plan that has got a stage more since it ended
    s.adversary.take_up(h.course.value("adversary", Json::object()), where);
    s.clip = GradientClip::from_json(h.course.value("clip", Json::object()), where);
  }
  s.updates = h.course.value("updates", h.iteration);
  s.faces.set_seed(h.seed);
  s.begin_stage();
  s.faces.set_geometry(h.window, h.likeness_scales);
  if (h.preset.training.optimizer != s.config.optimizer) {
    note(text("the optimiser '", s.config.optimizer, "' begins afresh, the model was trained with '",
              h.preset.training.optimizer, "'"));
    s.learner.forget_moments();
    s.updates = 0;
  }
  // Other faces have another usual loss.
  s.guard = h.lineage == s.options.lineage ? h.guard : Guard();
  s.good.reset();
  return notes;
}

void Trainer::start_from(const std::filesystem::path& weights_file, const std::vector<std::string>& parts) {
  State& s = *state_;
  const std::string where = weights_file.string();
  const TensorFile file = read_safetensors(weights_file, CheckpointPart::kAverage);
  s.learner.fill_average_from(file, parts, where);
  if (looks_back(plan_of(s.options)))
    s.remember_start(read_weights_header(weights_file).preset.network, file, CheckpointPart::kAverage, where);
  if (s.start) s.start->check_makes_codes_of(s.options.preset.network, s.learner.weights(), where);
  s.updates = 0;
  s.good.reset();
}

StepReport Trainer::step() {
  State& s = *state_;
  const auto started = std::chrono::steady_clock::now();
  StepReport report;
  if (!s.good) {
    s.share_state();
    s.find_codes();
    s.keep_as_good();
  }
  bool whole = s.gather_gradient();
  while (whole && s.may_stay_unread()) {
    s.update(report, {});
    whole = s.gather_gradient();
  }
  const double gathered_s = seconds_since(started);
  const std::vector<SeenLoss> seen = s.read(report, gathered_s);
  report.stopped = !whole;
  if (seen.empty()) return report;
  // The last update waits for the verdict: better left out than undone.
  const bool good = s.judge(seen, report);
  if (whole && good) s.update(report, seen.back().gradient_norm);
  if (whole && !good) s.count_iteration(report);
  if (good) s.note(seen);
  report.iteration = s.iteration;
  report.seconds = seconds_since(started);
  s.tail_s = report.seconds - gathered_s;
  if (!report.trouble.empty()) return report;
  const bool new_stage = s.course.advance(s.iteration, s.seconds);
  if (new_stage) {
    report.new_stage = s.course.stage().kind;
    s.begin_stage();
    s.find_codes();
    s.guard = Guard();
  }
  if (new_stage || s.iteration % kGoodEvery == 0) {
    s.check_agreement();
    s.keep_as_good();
  }
  return report;
}

void Trainer::fix_learning_rate(double rate) {
  state_->fixed_rate = rate;
}
std::int64_t Trainer::iteration() const {
  return state_->iteration;
}
double Trainer::seconds() const {
  return state_->seconds;
}
double Trainer::progress() const {
  return state_->course.whole(state_->iteration, state_->seconds);
}
bool Trainer::finished() const {
  return state_->course.over(state_->iteration, state_->seconds);
}
std::string Trainer::stage() const {
  const StageCourse& course = state_->course;
  return text(course.stage().kind, ", ", course.idx() + 1, " of ", course.stages());
}
const TrainingFaces& Trainer::faces() const {
  return state_->faces;
}

void Trainer::save(const std::filesystem::path& folder, const KeepRule& keep) const {
  NamedTensors tensors;
  state_->learner.append_to(tensors);
  state_->adversary.append_to(tensors);
  if (state_->start) state_->start->append_to(tensors);
  save_checkpoint(folder, state_->header(), tensors, keep);
}

torch::Tensor Trainer::preview_sheet(std::int64_t rows) const {
  const State& s = *state_;
  const NetworkConfig& sizes = s.options.preset.network;
  const Network network(sizes, s.learner.average(), working_type(s.options.precision, s.device), false);
  return model::preview_sheet(network, sizes, s.faces, s.device, rows, s.options.stop);
}

}  // namespace understudy::model
