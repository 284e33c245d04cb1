#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <vector>

namespace understudy::model {

/// Work of fixed shapes that is done again and again. A GPU records it once (CUDA graphs) and then starts all
/// of it with one call, so that starting a thousand small kernels costs nothing. Elsewhere it just runs.
class Replay {
 public:
  using Tensors = std::vector<torch::Tensor>;
  using Work = std::function<Tensors(const Tensors&)>;

  Replay();
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  /// What `work` makes of `inputs`, some of which may be undefined. Work of one Replay differs by its inputs'
  /// values alone: it reads no value of a tensor, draws no random number, and keeps no tensor other than what
  /// it returns, whose memory the next call uses again. The first calls run it as it is, so that libtorch
  /// finds its kernels and its memory.
  Tensors operator()(const Tensors& inputs, const Work& work);
  /// From now on it is other work.
  void forget();

 private:
  struct Recording;
  Tensors play(const Tensors& inputs);

  std::unique_ptr<Recording> recording_;
  int runs_ = 0;
};

}  // namespace understudy::model
