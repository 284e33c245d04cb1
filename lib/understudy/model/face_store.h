#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "understudy/core/mapped_bytes.h"
#include "understudy/model/augment.h"
#include "understudy/model/faces.h"

namespace understudy::model {

/// One person's faces as bytes at the sizes that training needs, decoded once. With a cache folder they lie
/// in a file there that is mapped into memory, so that they may be more than fit into it and the next run
/// begins at once; else in memory.
class FaceStore {
 public:
  /// Reads all faces, on up to `threads` threads. `who` names the person in messages and the cache file. A
  /// file in `cache` of the same faces (FaceSet::digest()) and sizes is taken as it is; an empty digest or an
  /// empty `cache`: no file. Throws Error kInput when the set is empty, kFormat for a face of a wrong shape
  /// or type, kResource when there is no room, kStopped when `stop`, which is asked before each face, says
  /// so.
  FaceStore(const FaceSet& faces, std::string who, StoreSizes sizes, int threads,
            const std::filesystem::path& cache = {}, const std::function<bool()>& stop = {});

  /// From now on batches come from a copy on that device.
  void keep_on(torch::Device device);
  torch::Device device() const { return picked_from_.pose.device(); }
  /// Of all faces.
  std::uint64_t bytes() const { return bytes_.size(); }

  /// The faces of those indices, on device(); thread-safe.
  FaceBatch batch(const std::vector<std::int64_t>& indices) const;
  /// A sample spread evenly over the set, all of it when it has at most `count` faces.
  FaceBatch spread(std::int64_t count) const;
  std::int64_t size() const { return size_; }
  /// float32, N x 2: yaw and pitch of each in degrees.
  const torch::Tensor& poses() const { return all_.pose; }
  /// float32, N x 68 x 2, in 0..1 of the crop; undefined when a face has none.
  const torch::Tensor& landmarks() const { return all_.landmarks; }
  /// The cache file in use; empty when there is none.
  const std::filesystem::path& cache_file() const { return cache_file_; }

 private:
  void fill(const FaceSet& faces, int threads, std::byte* bytes, const std::string& who,
            const std::function<bool()>& stop);

  std::int64_t size_;
  StoreSizes sizes_;
  MappedBytes bytes_;
  FaceBatch all_;          ///< over bytes_
  FaceBatch picked_from_;  ///< all_, or its copy
  std::filesystem::path cache_file_;
};

}  // namespace understudy::model
