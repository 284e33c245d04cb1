#include "understudy/model/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>
#ifdef UNDERSTUDY_WITH_CUDA
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>
#endif

#include <charconv>
#include <mutex>

#include "understudy/core/parallel.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

bool cpu_multiplies_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

bool is_x86_without_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") == 0;
#else
  return false;
#endif
}

torch::Device cuda_device(std::int64_t index) {
  const auto count = static_cast<std::int64_t>(torch::cuda::device_count());
  if (index >= count) {
    throw Error(ErrorCode::kResource,
                count == 0 ? text("the device cuda:", index,
                                  " was asked for, but this machine or this build of libtorch has no GPU")
                           : text("the device cuda:", index, " was asked for, but there are only ", count,
                                  " GPUs, counted from 0"),
                "use --device cpu or --device auto");
  }
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

const Table<Precision>& precisions() {
  static const Table<Precision> table(
      "precision", {{"auto", "bfloat16 where the device multiplies it natively", Precision::kAuto},
                    {"bf16", "bfloat16 convolutions, float32 weights", Precision::kBf16},
                    {"fp32", "float32 throughout", Precision::kFp32}});
  return table;
}

torch::Device device_from_name(std::string_view name) {
  if (name == "cpu") return torch::kCPU;
  if (name == "auto") return torch::cuda::device_count() > 0 ? cuda_device(0) : torch::Device(torch::kCPU);
  if (name == "cuda") return cuda_device(0);
  constexpr std::string_view kPrefix = "cuda:";
  if (name.starts_with(kPrefix)) {
    const std::string_view digits = name.substr(kPrefix.size());
    int index = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error == std::errc() && end == digits.data() + digits.size() && index >= 0 && index < 128)
      return cuda_device(index);
  }
  throw Error(ErrorCode::kUsage, text("unknown device '", name, "'"),
              "write auto, cpu, cuda or cuda:I with I from 0");
}

torch::ScalarType working_type(Precision precision, torch::Device device) {
  if (precision == Precision::kFp32) return torch::kFloat32;
  if (precision == Precision::kBf16) return torch::kBFloat16;
  return device.is_cuda() || cpu_multiplies_bf16() ? torch::kBFloat16 : torch::kFloat32;
}

at::MemoryFormat picture_format(torch::ScalarType working_type, torch::Device device) {
  const bool plain = device.is_cpu() && working_type == torch::kFloat32 && is_x86_without_avx512();
  return plain ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
}

std::uint64_t free_memory([[maybe_unused]] torch::Device device) {
#ifdef UNDERSTUDY_WITH_CUDA
  if (device.is_cuda()) {
    const c10::cuda::CUDAGuard on(device);
    std::size_t left = 0, all = 0;
    if (cudaMemGetInfo(&left, &all) == cudaSuccess) return left;
  }
#endif
  return 0;
}

torch::Tensor uploaded(const torch::Tensor& on_cpu, torch::Device device) {
  if (on_cpu.device() == device) return on_cpu;
  // Only from memory that the device reaches by itself can it take without the processor's help.
  const torch::Tensor reachable = on_cpu.is_pinned() ? on_cpu : on_cpu.contiguous().pin_memory();
  return reachable.to(device, /*non_blocking=*/true);
}

void use_threads(int threads) {
  at::set_num_threads(effective_threads(threads));
  // libtorch takes this number once in a process; nothing here runs graphs in parallel.
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      at::set_num_interop_threads(1);
    } catch (const c10::Error&) {
      return;  // already running with another number, which is as good
    }
  });
}

}  // namespace understudy::model
