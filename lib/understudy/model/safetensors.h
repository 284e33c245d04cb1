#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace understudy::model {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// A file in the safetensors format (github.com/huggingface/safetensors): eight bytes of header length, a
/// JSON header, raw little-endian data. Nothing in it is ever run.
struct TensorFile {
  std::map<std::string, std::string> metadata;
  NamedTensors tensors;  ///< contiguous, on the CPU, in the order of their place in the file

  /// The tensor of that name, or null.
  const torch::Tensor* find(std::string_view name) const;
};

/// Atomically: a reader sees the old file or the whole new one. Tensors of any stride, any device; types
/// float32, float16, bfloat16, float64, int8..int64, uint8, bool. Checksums of the header and of
/// the data are added to the metadata. Throws Error kResource when it cannot be written, kBug for another
/// type or a name given twice.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata);

/// Checks everything before it allocates: lengths against the file's size, known types, shapes against sizes,
/// offsets without gap or overlap, names given twice, and the checksums where there are some. Of the tensors,
/// only those whose names start with `only` are kept. Throws Error kInput when it cannot be read, kFormat
/// with what was found otherwise.
TensorFile read_safetensors(const std::filesystem::path& path, std::string_view only = {});

/// The metadata alone: reads the header, not the data.
std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& path);

}  // namespace understudy::model
