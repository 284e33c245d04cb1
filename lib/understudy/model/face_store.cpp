#include "understudy/model/face_store.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/json.h"
#include "understudy/core/parallel.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"
#include "understudy/model/device.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kHeaderBytes = 4096;
constexpr std::int64_t kLandmarks = 68;

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

/// Where each kind of data begins, in the file as in memory; each at a multiple of 64 bytes.
struct Places {
  std::array<std::uint64_t, 5> begins{};
  std::uint64_t end = 0;
};

Places places_of(std::int64_t count, StoreSizes sizes) {
  const auto n = static_cast<std::uint64_t>(count);
  const auto square = [](std::int64_t px) { return static_cast<std::uint64_t>(px * px); };
  const std::array<std::uint64_t, 5> bytes_of_one = {3 * square(sizes.target_px), square(sizes.target_px),
                                                     3 * square(sizes.input_px),
                                                     kLandmarks * 2 * sizeof(float), 2 * sizeof(float)};
  Places places;
  places.end = kHeaderBytes;
  for (std::size_t i = 0; i < bytes_of_one.size(); ++i) {
    places.begins[i] = places.end;
    places.end = (places.end + n * bytes_of_one[i] + 63) / 64 * 64;
  }
  return places;
}

FaceBatch tensors_over(std::byte* bytes, std::int64_t n, StoreSizes sizes) {
  const Places places = places_of(n, sizes);
  const auto at = [&](std::size_t place, std::vector<std::int64_t> shape, torch::ScalarType type) {
    return torch::from_blob(bytes + places.begins[place], shape, type);
  };
  const std::int64_t t = sizes.target_px, i = sizes.input_px;
  return {at(0, {n, 3, t, t}, torch::kUInt8), at(1, {n, 1, t, t}, torch::kUInt8),
          at(2, {n, 3, i, i}, torch::kUInt8), at(3, {n, kLandmarks, 2}, torch::kFloat32),
          at(4, {n, 2}, torch::kFloat32)};
}

std::string header_of(const std::string& digest, std::int64_t count, StoreSizes sizes) {
  return json_text({{"format", "understudy-faces"},
                    {"version", 1},
                    {"faces", count},
                    {"target_px", sizes.target_px},
                    {"input_px", sizes.input_px},
                    {"digest", digest.substr(0, 256)}});
}

fs::path cache_path(const fs::path& cache, const std::string& who, const std::string& header) {
  return cache / text(who, "-", std::hex, item_seed(0, header, 0, 0), ".faces");
}

/// The file when it is there, whole and of these faces.
std::optional<MappedBytes> cached(const fs::path& path, const std::string& header, std::uint64_t bytes) {
  std::error_code absent;
  if (fs::file_size(path, absent) != bytes || absent) return {};
  MappedBytes file = MappedBytes::open(path);
  const auto* begin = reinterpret_cast<const char*>(file.data());
  if (std::string_view(begin, header.size()) != header || begin[header.size()] != 0) return {};
  return file;
}

}  // namespace

FaceStore::FaceStore(const FaceSet& faces, std::string who, StoreSizes sizes, int threads,
                     const fs::path& cache, const std::function<bool()>& stop)
    : size_(static_cast<std::int64_t>(faces.size())), sizes_(sizes) {
  if (size_ == 0)
    throw Error(ErrorCode::kInput, text("the ", who, " has no faces"),
                "extract and align it first, or check what was removed from it");
  const std::uint64_t bytes = places_of(size_, sizes_).end;
  const std::string digest = faces.digest(), header = header_of(digest, size_, sizes_);
  if (cache.empty() || digest.empty()) {
    bytes_ = MappedBytes::anonymous(bytes);
    fill(faces, threads, bytes_.data(), who, stop);
  } else {
    make_folder(cache);
    cache_file_ = cache_path(cache, who, header);
    std::optional<MappedBytes> found = cached(cache_file_, header, bytes);
    if (!found) {
      AtomicFile file(cache_file_);
      MappedBytes fresh = MappedBytes::create(file.temporary(), bytes);
      std::memcpy(fresh.data(), header.data(), header.size());
      fill(faces, threads, fresh.data(), who, stop);
      file.commit();
      found = std::move(fresh);
    }
    bytes_ = *std::move(found);
  }
  all_ = tensors_over(bytes_.data(), size_, sizes_);
  if (all_.landmarks.isnan().any().item<bool>()) all_.landmarks = torch::Tensor();
  picked_from_ = all_;
}

void FaceStore::keep_on(torch::Device device) {
  const auto there = [device](const torch::Tensor& t) { return t.defined() ? t.to(device) : t; };
  picked_from_ = {there(all_.targets_nchw), there(all_.masks_nchw), there(all_.inputs_nchw),
                  there(all_.landmarks), there(all_.pose)};
}

void FaceStore::fill(const FaceSet& faces, int threads, std::byte* bytes, const std::string& who,
                     const std::function<bool()>& stop) {
  const FaceBatch all = tensors_over(bytes, size_, sizes_);
  parallel_for(size_, threads, [&](std::int64_t idx) {
    if (stop && stop())
      throw Error(ErrorCode::kStopped, text("stopped while the faces of ", who, " were read"));
    const FaceSample face = faces.load(static_cast<std::size_t>(idx));
    check_face(face, text(who, ", face ", idx));
    const at::NoGradGuard no_gradients;
    const double side = static_cast<double>(face.image_hwc.size(0));
    const torch::Tensor image = face.image_hwc.permute({2, 0, 1}).unsqueeze(0).contiguous();
    all.targets_nchw.select(0, idx).copy_(stored(image, sizes_.target_px)[0]);
    all.inputs_nchw.select(0, idx).copy_(stored(image, sizes_.input_px)[0]);
    all.masks_nchw.select(0, idx).copy_(stored(face.mask_hw.unsqueeze(0).unsqueeze(0), sizes_.target_px)[0]);
    torch::Tensor landmarks = all.landmarks.select(0, idx);
    if (face.landmarks.defined())
      landmarks.copy_((face.landmarks.to(torch::kFloat32) + 0.5) / side);
    else
      landmarks.fill_(std::numeric_limits<float>::quiet_NaN());
    all.pose.select(0, idx).copy_(
        torch::tensor({static_cast<float>(face.yaw_deg), static_cast<float>(face.pitch_deg)}));
  });
}

FaceBatch FaceStore::batch(const std::vector<std::int64_t>& indices) const {
  const torch::Tensor picked = uploaded(torch::tensor(indices, torch::kInt64), device());
  const auto taken = [&](const torch::Tensor& all) {
    return all.defined() ? all.index_select(0, picked) : all;
  };
  const FaceBatch& all = picked_from_;
  return {taken(all.targets_nchw), taken(all.masks_nchw), taken(all.inputs_nchw), taken(all.landmarks),
          taken(all.pose)};
}

FaceBatch FaceStore::spread(std::int64_t count) const {
  const std::int64_t taken = std::min(count, size_);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < taken; ++i) indices.push_back((2 * i + 1) * size_ / (2 * taken));
  return batch(indices);
}

}  // namespace understudy::model
