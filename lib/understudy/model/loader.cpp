#include "understudy/model/loader.h"

#include <torch/torch.h>

#include <algorithm>
#include <map>

#include "understudy/core/error.h"
#include "understudy/core/parallel.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr double kYawBinDeg = 5;

FaceBatch joined_faces(const std::vector<FaceBatch>& faces) {
  const auto all = [&](torch::Tensor FaceBatch::*member) {
    std::vector<torch::Tensor> parts;
    for (const FaceBatch& face : faces)
      if ((face.*member).defined()) parts.push_back(face.*member);
    return parts.size() == faces.size() ? at::cat(parts) : torch::Tensor();
  };
  return {all(&FaceBatch::targets_nchw), all(&FaceBatch::masks_nchw), all(&FaceBatch::inputs_nchw),
          all(&FaceBatch::landmarks), all(&FaceBatch::pose)};
}

void check_face(const FaceSample& face, const std::string& name) {
  const torch::Tensor &image = face.image_hwc, &mask = face.mask_hw;
  if (!image.defined() || image.dim() != 3 || image.size(2) != 3 || image.size(0) != image.size(1) ||
      image.scalar_type() != torch::kUInt8 || image.size(0) < 16)
    throw Error(
        ErrorCode::kFormat,
        text(name, ": a square picture of at least 16 pixels with three 8-bit channels was expected"));
  if (!mask.defined() || mask.sizes() != image.sizes().slice(0, 2) || mask.scalar_type() != torch::kUInt8)
    throw Error(ErrorCode::kFormat, text(name, ": an 8-bit mask of the picture's size, ", image.size(0),
                                         " x ", image.size(1), ", was expected"));
}

torch::Tensor stored(const torch::Tensor& bytes_nchw, std::int64_t px) {
  return resized(bytes_nchw.to(torch::kFloat32), px).round_().clamp_(0, 255).to(torch::kUInt8);
}

std::uint64_t bytes_of_face(StoreSizes sizes) {
  return static_cast<std::uint64_t>(sizes.target_px * sizes.target_px * 4 +
                                    sizes.input_px * sizes.input_px * 3);
}

}  // namespace

FaceStore::FaceStore(const FaceSet& faces, std::string what, StoreSizes sizes, int threads,
                     std::uint64_t memory_limit)
    : faces_(faces),
      what_(std::move(what)),
      sizes_(sizes),
      size_(static_cast<std::int64_t>(faces.size())),
      threads_(threads) {
  if (size_ == 0)
    throw Error(ErrorCode::kInput, text("the ", what_, " has no faces"),
                "extract and align it first, or check what was removed from it");
  if (static_cast<std::uint64_t>(size_) * bytes_of_face(sizes_) > memory_limit) return;
  std::vector<FaceBatch> all(static_cast<std::size_t>(size_));
  parallel_for(size_, threads_, [&](std::int64_t i) { all[static_cast<std::size_t>(i)] = read(i); });
  kept_ = std::move(all);
  for (const FaceBatch& face : kept_) yaw_deg_.push_back(face.pose.data_ptr<float>()[0]);
}

FaceBatch FaceStore::read(std::int64_t idx) const {
  const FaceSample face = faces_.load(static_cast<std::size_t>(idx));
  check_face(face, text(what_, ", face ", idx));
  const torch::NoGradGuard no_gradients;
  const double side = static_cast<double>(face.image_hwc.size(0));
  const torch::Tensor image = face.image_hwc.permute({2, 0, 1}).unsqueeze(0).contiguous();
  FaceBatch out;
  out.targets_nchw = stored(image, sizes_.target_px);
  out.inputs_nchw = stored(image, sizes_.input_px);
  out.masks_nchw =
      stored(face.mask_hw.view({1, 1, face.mask_hw.size(0), face.mask_hw.size(1)}), sizes_.target_px);
  if (face.landmarks.defined())
    out.landmarks = ((face.landmarks.to(torch::kFloat32) + 0.5) / side).view({1, 68, 2});
  out.pose =
      torch::tensor({static_cast<float>(face.yaw_deg), static_cast<float>(face.pitch_deg)}).view({1, 2});
  return out;
}

FaceBatch FaceStore::batch(const std::vector<std::int64_t>& indices, int threads) const {
  std::vector<FaceBatch> faces(indices.size());
  const auto get = [&](std::int64_t i) {
    const auto place = static_cast<std::size_t>(i);
    faces[place] = kept_.empty() ? read(indices[place]) : kept_[static_cast<std::size_t>(indices[place])];
  };
  parallel_for(static_cast<std::int64_t>(indices.size()), kept_.empty() ? threads : 1, get);
  return joined_faces(faces);
}

FaceBatch FaceStore::spread(std::int64_t count) const {
  const std::int64_t taken = std::min(count, size_);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < taken; ++i) indices.push_back((2 * i + 1) * size_ / (2 * taken));
  return batch(indices, threads_);
}

std::vector<std::int64_t> pick_faces(std::int64_t size, const std::vector<float>& yaw_deg, std::int64_t count,
                                     double yaw_balance, std::uint64_t seed, std::int64_t iteration,
                                     std::int64_t side) {
  std::map<std::int64_t, std::vector<std::int64_t>> bins;
  if (yaw_balance > 0)
    for (std::size_t i = 0; i < yaw_deg.size(); ++i)
      bins[std::llround(yaw_deg[i] / kYawBinDeg)].push_back(static_cast<std::int64_t>(i));
  std::uint64_t state = item_seed(seed, "pick", iteration, side);
  const auto draw = [&](std::size_t n) { return static_cast<std::size_t>((state = mix_bits(state)) % n); };
  std::vector<std::int64_t> picked;
  while (static_cast<std::int64_t>(picked.size()) < count) {
    const bool balanced = static_cast<double>(draw(1 << 20)) < yaw_balance * (1 << 20);
    if (balanced && !bins.empty()) {
      const auto& bin = std::next(bins.begin(), static_cast<std::ptrdiff_t>(draw(bins.size())))->second;
      picked.push_back(bin[draw(bin.size())]);
    } else {
      picked.push_back(static_cast<std::int64_t>(draw(static_cast<std::size_t>(size))));
    }
  }
  return picked;
}

std::vector<FacePair> pairs_of(const FaceSet& likeness, const FaceSet& performer) {
  std::map<std::string, std::int64_t> by_moment;
  for (std::size_t i = 0; i < likeness.size(); ++i)
    by_moment.emplace(likeness.moment(i), static_cast<std::int64_t>(i));
  std::vector<FacePair> pairs;
  for (std::size_t i = 0; i < performer.size(); ++i) {
    const std::string moment = performer.moment(i);
    const auto found = by_moment.find(moment);
    if (!moment.empty() && found != by_moment.end())
      pairs.push_back({found->second, static_cast<std::int64_t>(i)});
  }
  return pairs;
}

Loader::Loader(const FaceStore& likeness, const FaceStore& performer, const TrainingConfig& config,
               std::vector<FacePair> pairs, std::uint64_t seed, std::int64_t iteration, int threads)
    : pairs_(std::move(pairs)),
      thread_([this, &likeness, &performer, batch = config.batch, balance = config.pose_balance, seed,
               iteration, threads] {
        for (std::int64_t i = iteration;; ++i) {
          Item item;
          item.batches.iteration = i;
          try {
            item.batches.likeness = likeness.batch(
                pick_faces(likeness.size(), likeness.yaw_deg(), batch, balance, seed, i, 0), threads);
            item.batches.performer =
                pairs_.empty()
                    ? performer.batch(
                          pick_faces(performer.size(), performer.yaw_deg(), batch, balance, seed, i, 1),
                          threads)
                    : paired_batch(
                          likeness, performer,
                          pick_faces(static_cast<std::int64_t>(pairs_.size()), {}, batch, 0, seed, i, 1),
                          threads);
          } catch (...) {
            item.failure = std::current_exception();
          }
          const bool failed = item.failure != nullptr;
          if (!queue_.push(std::move(item)) || failed) return;
        }
      }) {}

FaceBatch Loader::paired_batch(const FaceStore& likeness, const FaceStore& performer,
                               const std::vector<std::int64_t>& picked, int threads) const {
  std::vector<std::int64_t> of_likeness, of_performer;
  for (std::int64_t i : picked) {
    of_likeness.push_back(pairs_[static_cast<std::size_t>(i)].likeness_idx);
    of_performer.push_back(pairs_[static_cast<std::size_t>(i)].performer_idx);
  }
  FaceBatch faces = performer.batch(of_performer, threads);
  const FaceBatch answers = likeness.batch(of_likeness, threads);
  faces.targets_nchw = answers.targets_nchw;
  faces.masks_nchw = answers.masks_nchw;
  return faces;
}

Loader::~Loader() {
  queue_.close();
}

Loader::Batches Loader::next() {
  std::optional<Item> item = queue_.pop();
  if (!item) throw Error(ErrorCode::kBug, "the loader has stopped");
  if (item->failure) {
    queue_.close();
    std::rethrow_exception(item->failure);
  }
  return std::move(item->batches);
}

}  // namespace understudy::model
