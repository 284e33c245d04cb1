#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "understudy/model/precision.h"

namespace understudy::model {

/// "cpu", "cuda", "cuda:1", or "auto" (the first GPU, else the CPU). Throws Error kUsage when it is none of
/// these, kResource when the machine has no such device.
torch::Device device_from_name(std::string_view name);

/// The type in which convolutions and products run. kAuto is bfloat16 where the device multiplies it
/// natively, else float32. Weights, losses and the optimiser are float32 in any case.
torch::ScalarType working_type(Precision precision, torch::Device device);

/// How pictures lie in memory where convolutions of that type are quickest: channels last, but for float32 on
/// x86 processors without AVX-512, where oneDNN's gradients of weights are a third slower so.
at::MemoryFormat picture_format(torch::ScalarType working_type, torch::Device device);

/// Bytes that a GPU has left; 0 for other devices and in a build without CUDA.
std::uint64_t free_memory(torch::Device device);

/// What lies on the CPU, on that device. Neither of the two waits for the other, as a plain copy makes them;
/// on the CPU it is the same tensor.
torch::Tensor uploaded(const torch::Tensor& on_cpu, torch::Device device);

/// Sets libtorch's threads for this process's tensor operations; `threads` < 1: as core's effective_threads()
/// says. Results are the same to the bit only for the same number of threads.
void use_threads(int threads);

}  // namespace understudy::model
