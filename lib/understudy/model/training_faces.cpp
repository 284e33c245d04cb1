#include "understudy/model/training_faces.h"

#include <torch/types.h>

#include <cmath>
#include <map>

#include "understudy/core/error.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"
#include "understudy/model/device.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kStatisticFaces = 400;  // enough to know a set's poses and light by
constexpr std::size_t kReadAhead = 3;

FaceBatch on_device(const FaceBatch& faces, torch::Device device) {
  const auto moved = [device](const torch::Tensor& t) { return t.defined() ? uploaded(t, device) : t; };
  return {moved(faces.targets_nchw), moved(faces.masks_nchw), moved(faces.inputs_nchw),
          moved(faces.landmarks), moved(faces.pose)};
}

}  // namespace

struct TrainingFaces::Reader {
  BoundedQueue<Raw> queue{kReadAhead};
  std::jthread thread;
  std::int64_t next = 0;  ///< the place that comes next

  ~Reader() { queue.close(); }
};

TrainingFaces::TrainingFaces(const FaceSets& sets, const NetworkConfig& network,
                             const TrainingFacesOptions& options, const Window& window)
    : sets_(sets),
      network_(network),
      options_(options),
      window_(window),
      likenesses_(network.likenesses.size()),
      likeness_scales_(likenesses_, 1.0),
      aside_(options.device, kSideFaces) {
  std::vector<std::string> names = network.likenesses;
  names.insert(names.end(), network.performers.begin(), network.performers.end());
  if (names.size() != sets.size())
    throw Error(ErrorCode::kBug, text(sets.size(), " sets of faces for ", names.size(), " people"));
  for (std::size_t i = 0; i < sets.size(); ++i) {
    people_.push_back({FaceStore(sets[i], names[i], store_sizes(network, window), options.threads,
                                 options.cache, options.stop),
                       {},
                       nullptr});
  }
  keep_on_device();
  for (std::size_t i = 0; i < people_.size(); ++i) gather_statistics(i);
}

/// So that a step need not wait for the way there, if they take no more than a quarter of what is left.
void TrainingFaces::keep_on_device() {
  constexpr std::uint64_t kPart = 4;
  std::uint64_t bytes = 0;
  for (const Person& person : people_) bytes += person.store.bytes();
  if (bytes > free_memory(options_.device) / kPart) return;
  for (Person& person : people_) person.store.keep_on(options_.device);
}

TrainingFaces::~TrainingFaces() = default;

Window TrainingFaces::window_of(std::size_t identity) const {
  return is_likeness(identity) ? Window{window_.side / likeness_scales_[identity], window_.down} : window_;
}

void TrainingFaces::gather_statistics(std::size_t identity) {
  const at::NoGradGuard no_gradients;
  Person& person = people_[identity];
  person.statistics =
      pose_statistics(on_device(person.store.spread(kStatisticFaces), options_.device), window_of(identity));
}

std::vector<double> TrainingFaces::outline_scales() const {
  const at::NoGradGuard no_gradients;
  std::vector<double> scales;
  for (std::size_t l = 0; l < likenesses_; ++l) {
    double sum = 0;
    for (std::size_t p = likenesses_; p < people_.size(); ++p)
      sum += std::log(outline_scale(people_[l].statistics, people_[p].statistics));
    scales.push_back(std::exp(sum / static_cast<double>(people_.size() - likenesses_)));
  }
  return scales;
}

void TrainingFaces::set_geometry(const Window& window, std::vector<double> likeness_scales) {
  reader_.reset();
  prepared_.reset();
  window_ = window;
  likeness_scales_ = std::move(likeness_scales);
  for (std::size_t i = 0; i < people_.size(); ++i) gather_statistics(i);
}

void TrainingFaces::set_config(const TrainingConfig& config) {
  reader_.reset();
  prepared_.reset();
  config_ = config;
  for (std::size_t i = 0; i < people_.size(); ++i)
    people_[i].sampler = std::make_unique<Sampler>(people_[i].store.poses(), config.pose_balance,
                                                   options_.seed, text("pick ", i));
  taught_.clear();
  for (std::size_t i = 0; i < people_.size(); ++i)
    if (is_likeness(i) ? !config_.paired : config_.performer_weight > 0) taught_.push_back(i);
  find_pairs();
}

void TrainingFaces::set_seed(std::uint64_t seed) {
  options_.seed = seed;
  set_config(config_);
}

void TrainingFaces::set_codes(const std::function<torch::Tensor(const torch::Tensor&)>& encode) {
  constexpr std::int64_t kAtOnce = 32;
  const at::NoGradGuard no_gradients;
  std::vector<PoseStatistics*> people;
  for (Person& person : people_) {
    std::vector<torch::Tensor> codes;
    for (const torch::Tensor& some : person.statistics.pictures.split(kAtOnce))
      codes.push_back(encode(resized(some.to(torch::kFloat32) / 255, network_.input_px)));
    person.statistics.codes = at::cat(codes).to(torch::kFloat32);
    people.push_back(&person.statistics);
  }
  level_codes(people);
}

void TrainingFaces::find_pairs() {
  pairs_.clear();
  pair_samplers_.clear();
  if (!config_.paired) return;
  const FaceSet& likeness = sets_.front();
  std::map<std::string, std::int64_t> by_moment;
  for (std::size_t i = 0; i < likeness.size(); ++i)
    by_moment.emplace(likeness.moment(i), static_cast<std::int64_t>(i));
  for (std::size_t p = likenesses_; p < people_.size(); ++p) {
    const FaceSet& performer = sets_[p];
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < performer.size(); ++i) {
      const std::string moment = performer.moment(i);
      const auto found = by_moment.find(moment);
      if (!moment.empty() && found != by_moment.end())
        pairs.push_back({found->second, static_cast<std::int64_t>(i)});
    }
    if (pairs.empty())
      throw Error(ErrorCode::kInput, "no face of the performer shows the same moment as one of the likeness",
                  "paired training needs sources of the same name and frame numbers on both sides");
    const torch::Tensor poses = at::zeros({static_cast<std::int64_t>(pairs.size()), 2}, torch::kFloat32);
    pair_samplers_.push_back(std::make_unique<Sampler>(poses, 0, options_.seed, text("pairs ", p)));
    pairs_.push_back(std::move(pairs));
  }
}

FaceBatch TrainingFaces::read_paired(std::size_t performer, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> of_likeness, of_performer;
  const std::size_t place = performer - likenesses_;
  for (std::int64_t i : pair_samplers_[place]->at(first, count)) {
    const Pair& pair = pairs_[place][static_cast<std::size_t>(i)];
    of_likeness.push_back(pair.likeness_idx);
    of_performer.push_back(pair.performer_idx);
  }
  FaceBatch faces = people_[performer].store.batch(of_performer);
  const FaceBatch answers = people_[0].store.batch(of_likeness);
  faces.targets_nchw = answers.targets_nchw;
  faces.masks_nchw = answers.masks_nchw;
  faces.landmarks = answers.landmarks;
  return faces;
}

TrainingFaces::Raw TrainingFaces::read(std::int64_t first) {
  Raw raw;
  raw.first = first;
  const std::int64_t own_first = first + options_.share.rank * config_.batch;
  for (const std::size_t i : taught_) {
    raw.faces.push_back(config_.paired
                            ? read_paired(i, own_first, config_.batch)
                            : people_[i].store.batch(people_[i].sampler->at(own_first, config_.batch)));
  }
  return raw;
}

void TrainingFaces::start_reading(std::int64_t first) {
  reader_ = std::make_unique<Reader>();
  reader_->next = first;
  reader_->thread = std::jthread([this, first, reader = reader_.get()] {
    for (std::int64_t place = first;; place += samples_a_batch()) {
      Raw raw;
      try {
        raw = read(place);
      } catch (...) {
        raw.failure = std::current_exception();
      }
      const bool failed = raw.failure != nullptr;
      if (!reader->queue.push(std::move(raw)) || failed) return;
    }
  });
}

std::vector<FaceBatch> TrainingFaces::next_raw(std::int64_t first) {
  if (!people_.front().store.device().is_cpu()) return read(first).faces;
  if (!reader_ || reader_->next != first) start_reading(first);
  std::optional<Raw> raw = reader_->queue.pop();
  if (!raw) throw Error(ErrorCode::kBug, "the reader of faces has stopped");
  if (raw->failure) {
    reader_.reset();
    std::rethrow_exception(raw->failure);
  }
  reader_->next = first + samples_a_batch();
  return std::move(raw->faces);
}

TrainingBatch TrainingFaces::disturbed(const FaceBatch& cpu_faces, std::size_t identity, std::int64_t first,
                                       double strength) const {
  const FaceBatch faces = on_device(cpu_faces, options_.device);
  AugmentConfig augmentation = config_.augment;
  // The performer's light is the plate's: it is what the likeness is given, and stays.
  if (!is_likeness(identity)) augmentation.relight = augmentation.code_shift = 0;
  const std::uint64_t seed = item_seed(options_.seed, "augment", first, static_cast<std::int64_t>(identity));
  // Of several people on the other side, one a batch.
  const std::size_t others = is_likeness(identity) ? people_.size() - likenesses_ : likenesses_;
  const std::size_t other = (is_likeness(identity) ? likenesses_ : 0) + mix_bits(seed) % others;
  at::Generator random = seeded_generator(seed);
  const Window window = window_of(identity);
  const MatchFields match = match_by_pose(faces, people_[identity].statistics, people_[other].statistics,
                                          window, augmentation, random);
  const BatchShare share{options_.share.rank * config_.batch, samples_a_batch()};
  TrainingBatch batch = augment(faces, window, match, network_, augmentation, strength, random, share);
  batch.identity = identity;
  return batch;
}

void TrainingFaces::prepare(std::int64_t first, double strength) {
  aside_.run([&] { prepared_ = Prepared{first, made(first, strength)}; });
}

std::vector<TrainingBatch> TrainingFaces::batches(std::int64_t first, double strength) {
  std::vector<TrainingBatch> out;
  if (prepared_ && prepared_->first == first) {
    out = std::move(prepared_->batches);
    prepared_.reset();
    aside_.join();
    for (const TrainingBatch& batch : out)
      for (const torch::Tensor& tensor : batch.tensors()) aside_.take(tensor);
  } else {
    out = made(first, strength);
  }
  aside_.follow();
  return out;
}

std::vector<TrainingBatch> TrainingFaces::made(std::int64_t first, double strength) {
  const std::vector<FaceBatch> raw = next_raw(first);
  const at::NoGradGuard no_gradients;
  std::vector<TrainingBatch> out;
  for (std::size_t i = 0; i < raw.size(); ++i) out.push_back(disturbed(raw[i], taught_[i], first, strength));
  return out;
}

}  // namespace understudy::model
