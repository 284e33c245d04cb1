#pragma once

#include <filesystem>
#include <functional>

namespace understudy::model {

/// Does `work` and writes what the GPU did meanwhile, as Chrome's tracing format. Throws std::runtime_error
/// with a libtorch that has no profiler for it.
void write_gpu_trace(const std::filesystem::path& file, const std::function<void()>& work);

}  // namespace understudy::model
