#include "understudy/model/replay.h"

#include <torch/types.h>
#ifdef UNDERSTUDY_WITH_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

#include <algorithm>

namespace understudy::model {

#ifdef UNDERSTUDY_WITH_CUDA

namespace {

constexpr int kWarmUp = 3;

bool on_gpu(const Replay::Tensors& tensors) {
  return std::ranges::any_of(tensors, [](const torch::Tensor& t) { return t.defined() && t.is_cuda(); });
}

/// Other threads go on with work of their own meanwhile: faces that are read, for one.
void begin(at::cuda::CUDAGraph& graph) {
#if TORCH_VERSION_MAJOR >= 2
  graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
#else
  graph.capture_begin();
#endif
}

}  // namespace

struct Replay::Recording {
  Recording(const Tensors& first_inputs, const Work& work) {
    for (const torch::Tensor& input : first_inputs)
      inputs.push_back(input.defined() ? input.detach().clone() : input);
    c10::cuda::device_synchronize();
    c10::cuda::CUDACachingAllocator::emptyCache();  // the recording keeps memory of its own
    const c10::cuda::CUDAStreamGuard side(c10::cuda::getStreamFromPool());
    begin(graph);
    try {
      results = work(inputs);
    } catch (...) {
      end_failed();
      throw;
    }
    graph.capture_end();
  }

  /// libtorch's memory would go on asking a recording that was never ended.
  void end_failed() {
    try {
      graph.capture_end();
    } catch (const c10::Error&) {
      return;  // of a failed recording that is what to expect
    }
  }

  at::cuda::CUDAGraph graph;
  Tensors inputs, results;
};

Replay::Tensors Replay::play(const Tensors& inputs) {
  const at::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].defined()) recording_->inputs[i].copy_(inputs[i], /*non_blocking=*/true);
  recording_->graph.replay();
  return recording_->results;
}

Replay::Tensors Replay::operator()(const Tensors& inputs, const Work& work) {
  if (!on_gpu(inputs)) return work(inputs);
  if (!recording_ && runs_++ < kWarmUp) return work(inputs);
  if (!recording_) recording_ = std::make_unique<Recording>(inputs, work);
  return play(inputs);
}

#else

struct Replay::Recording {};

Replay::Tensors Replay::operator()(const Tensors& inputs, const Work& work) {
  return work(inputs);
}

#endif

Replay::Replay() = default;
Replay::~Replay() = default;

void Replay::forget() {
  recording_.reset();
  runs_ = 0;
}

}  // namespace understudy::model
