#include "understudy/model/side_queue.h"

#include <torch/types.h>
#ifdef UNDERSTUDY_WITH_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

#include <map>
#include <mutex>

namespace understudy::model {

#ifdef UNDERSTUDY_WITH_CUDA

namespace {

/// Kept for the whole process: libtorch keeps memory for each stream apart, which another one cannot use.
c10::cuda::CUDAStream kept_stream(torch::Device device, int number) {
  static std::mutex mutex;
  static std::map<std::pair<int, int>, c10::cuda::CUDAStream> streams;
  const std::lock_guard lock(mutex);
  const std::pair<int, int> key{device.index(), number};
  const auto found = streams.find(key);
  if (found != streams.end()) return found->second;
  return streams.emplace(key, c10::cuda::getStreamFromPool(false, device.index())).first->second;
}

}  // namespace

struct SideQueue::Stream {
  explicit Stream(c10::cuda::CUDAStream on) : side(on) {}
  c10::cuda::CUDAStream current() const { return c10::cuda::getCurrentCUDAStream(side.device_index()); }

  c10::cuda::CUDAStream side;
};

SideQueue::SideQueue(torch::Device device, int number)
    : stream_(device.is_cuda() ? std::make_unique<Stream>(kept_stream(device, number)) : nullptr) {}

void SideQueue::follow() {
  if (!stream_) return;
  at::cuda::CUDAEvent now;
  now.record(stream_->current());
  now.block(stream_->side);
}

void SideQueue::lend(const torch::Tensor& tensor) const {
  if (stream_ && tensor.defined()) tensor.record_stream(stream_->side.unwrap());
}

void SideQueue::run(const std::function<void()>& work) const {
  c10::cuda::OptionalCUDAStreamGuard aside;
  if (stream_) aside.reset_stream(stream_->side);
  work();
}

void SideQueue::join() const {
  if (!stream_) return;
  at::cuda::CUDAEvent done;
  done.record(stream_->side);
  done.block(stream_->current());
}

void SideQueue::take(const torch::Tensor& tensor) const {
  if (stream_ && tensor.defined()) tensor.record_stream(stream_->current().unwrap());
}

#else

struct SideQueue::Stream {};

SideQueue::SideQueue(torch::Device /*device*/, int /*number*/) {}
void SideQueue::follow() {}
void SideQueue::lend(const torch::Tensor& /*tensor*/) const {}
void SideQueue::run(const std::function<void()>& work) const {
  work();
}
void SideQueue::join() const {}
void SideQueue::take(const torch::Tensor& /*tensor*/) const {}

#endif

SideQueue::~SideQueue() = default;

}  // namespace understudy::model
