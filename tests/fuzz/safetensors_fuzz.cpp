#include <sys/mman.h>
#include <torch/types.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "understudy/core/error.h"
#include "understudy/model/safetensors.h"

namespace model = understudy::model;

/// The bytes as a safetensors file: tensors of no more bytes than the file has, or refused as a wrong format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("fuzz", 0);
  static const std::filesystem::path path = "/proc/self/fd/" + std::to_string(file);
  const auto length = static_cast<off_t>(size);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != length) std::abort();
  try {
    const model::TensorFile read = model::read_safetensors(path);
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : read.tensors) bytes += tensor.nbytes();
    if (bytes > size || model::read_safetensors_metadata(path) != read.metadata) std::abort();
  } catch (const understudy::Error& e) {
    if (e.code() != understudy::ErrorCode::kFormat) std::abort();
  }
  return 0;
}
