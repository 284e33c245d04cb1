#include "training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <numbers>

#include "echo.h"
#include "losses.h"
#include "networks.h"
#include "pack.h"
#include "understudy/core/text.h"
#include "understudy/model/optimizer.h"
#include "weights_file.h"

namespace understudy::faces {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kWeightDecay = 0.02, kWarmUpSteps = 100;
constexpr double kLongestGradient = 5;
constexpr double kMostAverage = 0.998;
constexpr double kLogSeconds = 5, kSaveSeconds = 300;
constexpr int kMomentBatches = 16;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What a network is shown, and how its answers are judged.
struct Lesson {
  torch::Tensor pictures;
  std::function<Losses(const std::vector<torch::Tensor>&)> judge;
};

/// Shows a network ever new lessons.
class Teacher {
 public:
  Teacher(const TrainingOptions& options)
      : options_(options), pack_(read_pack(options.pack, options.device)) {}

  Lesson next() {
    const at::NoGradGuard no_gradients;
    if (options_.network == "face") return lesson(faces_, face_batch, face_losses);
    if (options_.network == "identity") return lesson(people_, identity_batch, identity_losses);
    return lesson(scenes_, detector_batch, detector_losses);
  }

 private:
  template <typename Batch>
  Lesson lesson(Echo<Batch>& echo, Batch (*make)(const Pack&, std::int64_t),
                Losses (*judge)(const std::vector<torch::Tensor>&, const Batch&)) {
    const Batch batch =
        echo.next([&](std::int64_t count) { return make(pack_, count); }, options_.batch, options_.echo);
    // Channel beside channel, as libtorch's normalisation on a processor is quick.
    return {batch.pictures.contiguous(at::MemoryFormat::ChannelsLast),
            [batch, judge](const auto& outputs) { return judge(outputs, batch); }};
  }

  TrainingOptions options_;
  Pack pack_;
  Echo<FaceBatch> faces_;
  Echo<IdentityBatch> people_;
  Echo<DetectorBatch> scenes_;
};

/// Sums on the device; reading them waits for it.
class LossLog {
 public:
  void add(const Losses& losses) {
    const torch::Tensor parts = at::stack(losses.parts).detach();
    sum_ = count_ == 0 ? parts : sum_ + parts;
    names_ = losses.names;
    ++count_;
  }

  void write(double progress, double pictures_per_second) {
    const torch::Tensor mean = (sum_ / static_cast<double>(count_)).cpu();
    std::cout << fixed(100 * progress, 1) << " %, " << fixed(pictures_per_second, 0) << " pictures/s";
    for (std::size_t i = 0; i < names_.size(); ++i)
      std::cout << ", " << names_[i] << ' ' << fixed(mean.data_ptr<float>()[i], 4);
    std::cout << std::endl;
    count_ = 0;
  }

 private:
  torch::Tensor sum_;
  std::vector<std::string> names_;
  std::int64_t count_ = 0;
};

class Training {
 public:
  explicit Training(const TrainingOptions& options)
      : options_(options),
        graph_(networks().at(options.network)()),
        layout_(layout_of(graph_)),
        teacher_(options) {
    state_.weights = beginning().to(options.device).requires_grad_();
    state_.average = state_.weights.detach().clone();
    state_.first_moment = at::zeros_like(state_.average);
    state_.second_moment = at::zeros_like(state_.average);
  }

  void run() {
    const Clock::time_point start = Clock::now();
    Clock::time_point logged = start, saved = start;
    std::int64_t logged_step = 0;
    const double length = 60 * options_.minutes;
    LossLog log;
    for (double now = 0; now < length; now = seconds_since(start)) {
      log.add(step(now / length));
      if (const double passed = seconds_since(logged); passed >= kLogSeconds) {
        log.write(now / length, static_cast<double>((step_ - logged_step) * options_.batch) / passed);
        logged = Clock::now();
        logged_step = step_;
      }
      if (seconds_since(saved) < kSaveSeconds) continue;
      save();
      saved = Clock::now();
    }
    save();
  }

 private:
  torch::Tensor beginning() {
    if (options_.from.empty()) return first_weights(graph_, options_.seed);
    const TrainedNetwork network = read_network(options_.from);
    if (network.name != options_.network)
      throw Error(ErrorCode::kUsage, text(options_.from.string(), " holds the network '", network.name, "'"));
    std::vector<torch::Tensor> parts;
    for (const torch::Tensor& weight : going_on(network)) parts.push_back(weight.flatten());
    return at::cat(parts);
  }

  /// Training normalises by each batch's own moments: scales and shifts become what gives the same with them
  /// as the network's gave with its own, one step after the other, since each changes what the next ones see.
  std::vector<torch::Tensor> going_on(const TrainedNetwork& network) {
    const at::NoGradGuard no_gradients;
    const torch::Tensor pictures = teacher_.next().pictures;
    std::vector<torch::Tensor> weights;
    for (const torch::Tensor& weight : network.weights) weights.push_back(weight.to(options_.device));
    std::size_t moments = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (!layout_.entries[i].name.ends_with(".scale")) continue;
      Moments seen;
      faces::run(graph_, weights, pictures, &seen);
      const auto& [mean, variance] = seen[moments];
      const torch::Tensor old_mean = network.moments[moments].first.to(options_.device),
                          old_variance = network.moments[moments].second.to(options_.device);
      const torch::Tensor gain = weights[i] / (old_variance + kNormEpsilon).sqrt();
      weights[i] = gain * (variance + kNormEpsilon).sqrt();
      weights[i + 1] = weights[i + 1] + (mean - old_mean) * gain;
      ++moments;
    }
    return weights;
  }

  double rate(double progress) const {
    const double warm = std::min(1.0, static_cast<double>(step_) / kWarmUpSteps);
    return options_.rate * warm * (0.5 + 0.5 * std::cos(std::numbers::pi * progress)) + 1e-7;
  }

  Losses step(double progress) {
    const Lesson lesson = teacher_.next();
    const Losses losses =
        lesson.judge(faces::run(graph_, views_of(layout_, state_.weights), lesson.pictures));
    at::stack(losses.parts).sum().backward();
    ++step_;
    const at::NoGradGuard no_gradients;
    const auto step = static_cast<double>(step_);
    const double average = std::min(kMostAverage, (1 + step) / (10 + step));
    const model::UpdateRule rule{rate(progress), 0.9, 0.98, kWeightDecay, 1, average, step_};
    model::optimizers().at("adamw")(state_, usable(state_.weights.grad()), rule);
    state_.weights.mutable_grad() = torch::Tensor();
    return losses;
  }

  /// Shortened when it is too long; nothing when a number in it is none. Decided on the device, which nobody
  /// waits for.
  static torch::Tensor usable(const torch::Tensor& gradient) {
    const torch::Tensor length = gradient.norm();
    const torch::Tensor shorter = gradient * (kLongestGradient / (length + 1e-6)).clamp_max(1);
    return at::where(length.isfinite(), shorter, at::zeros_like(gradient));
  }

  /// The moments are measured anew for the averaged weights.
  void save() {
    const at::NoGradGuard no_gradients;
    TrainedNetwork out;
    out.name = options_.network;
    out.weights = views_of(layout_, state_.average);
    out.notes = {{"steps", text(step_)}, {"batch", text(options_.batch)}, {"seed", text(options_.seed)}};
    Moments squares;
    for (int i = 0; i < kMomentBatches; ++i) {
      Moments one;
      faces::run(graph_, out.weights, teacher_.next().pictures, &one);
      for (std::size_t k = 0; k < one.size(); ++k) {
        auto& [mean, variance] = one[k];
        variance = (variance + mean.square()) / kMomentBatches;
        mean = mean / kMomentBatches;
        if (i == 0) continue;
        mean += squares[k].first;
        variance += squares[k].second;
      }
      squares = std::move(one);
    }
    for (auto& [mean, square] : squares)
      out.moments.emplace_back(mean, (square - mean.square()).clamp_min(0));
    write_network(options_.out, out);
    std::cout << "saved after " << step_ << " steps" << std::endl;
  }

  TrainingOptions options_;
  Graph graph_;
  Layout layout_;
  Teacher teacher_;
  model::OptimizerState state_;
  std::int64_t step_ = 0;
};

}  // namespace

void train(const TrainingOptions& options) {
  at::manual_seed(options.seed);
  if (options.device.is_cuda()) {
    // The convolutions' numbers need no more; all other arithmetic, places above all, keeps float32.
    at::globalContext().setAllowTF32CuDNN(true);
    at::globalContext().setBenchmarkCuDNN(true);
  }
  Training(options).run();
}

}  // namespace understudy::faces
