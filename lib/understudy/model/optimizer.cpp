#include "understudy/model/optimizer.h"

#include <ATen/Parallel.h>
#include <torch/types.h>
#ifdef UNDERSTUDY_WITH_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

#include "understudy/core/error.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"
#include "understudy/model/gpu_update.h"

namespace understudy::model {
namespace {

template <class Formula>
UpdatePass<Formula> pass_of(const UpdateRule& rule) {
  return {rule, item_seed(rule.seed, "rate dropout", rule.step, 0)};
}

template <class Formula, bool drops>
void over_memory(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  const UpdatePass<Formula> pass = pass_of<Formula>(rule);
  float* w = state.weights.data_ptr<float>();
  float* a = state.average.data_ptr<float>();
  float* m = state.first_moment.data_ptr<float>();
  float* v = state.second_moment.data_ptr<float>();
  const float* g = gradient.data_ptr<float>();
  const float scale = rule.scale_there ? pass.scale * *rule.scale_there : pass.scale;
  at::parallel_for(0, state.weights.numel(), 1 << 14, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      pass.template move<drops>(i, g[i] * scale, w[i], a[i], m[i], v[i]);
  });
}

template <class Formula>
void on_cpu(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
  (rule.rate_dropout > 0 ? over_memory<Formula, true> : over_memory<Formula, false>)(state, gradient, rule);
}

template <class Formula>
void on_gpu(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) {
#ifdef UNDERSTUDY_WITH_CUDA
  const GpuBuffers buffers{state.weights.data_ptr<float>(),
                           state.average.data_ptr<float>(),
                           state.first_moment.data_ptr<float>(),
                           state.second_moment.data_ptr<float>(),
                           gradient.data_ptr<float>(),
                           rule.scale_there,
                           state.weights.numel()};
  const auto stream = c10::cuda::getCurrentCUDAStream(state.weights.device().index());
  const int code = gpu_update(buffers, pass_of<Formula>(rule), rule.rate_dropout > 0, stream.stream());
  if (code != 0)
    throw Error(ErrorCode::kResource,
                text("the GPU refused an update of the weights with CUDA's error ", code));
#else
  static_cast<void>(gradient);
  static_cast<void>(rule);
  throw Error(ErrorCode::kBug, text("weights on ", state.weights.device().str(), " in a build without CUDA"));
#endif
}

template <class Formula>
Optimizer made_of() {
  return {on_cpu<Formula>, on_gpu<Formula>};
}

}  // namespace

const Table<Optimizer>& optimizers() {
  static const Table<Optimizer> table(
      "optimizer", {{"adamw", "Adam with decoupled weight decay", made_of<AdamW>()},
                    {"adabelief", "steps by the gradient's surprise", made_of<AdaBelief>()},
                    {"lion", "steps of one length, by the sign of the momentum", made_of<Lion>()},
                    {"rmsprop", "steps by the gradient's usual size, no momentum", made_of<RmsProp>()}});
  return table;
}

}  // namespace understudy::model
