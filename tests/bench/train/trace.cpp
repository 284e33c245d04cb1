#include "trace.h"

#include <torch/version.h>
#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/autograd/profiler_kineto.h>
#endif

#include <stdexcept>

namespace understudy::model {

#if TORCH_VERSION_MAJOR >= 2

void write_gpu_trace(const std::filesystem::path& file, const std::function<void()>& work) {
  using namespace torch::profiler::impl;
  const ProfilerConfig config(ProfilerState::KINETO);
  const std::set<ActivityType> activities = {ActivityType::CUDA};
  torch::autograd::profiler::prepareProfiler(config, activities);
  torch::autograd::profiler::enableProfiler(config, activities);
  work();
  torch::autograd::profiler::disableProfiler()->save(file.string());
}

#else

void write_gpu_trace(const std::filesystem::path& /*file*/, const std::function<void()>& /*work*/) {
  throw std::runtime_error("a trace needs libtorch 2 or newer");
}

#endif

}  // namespace understudy::model
