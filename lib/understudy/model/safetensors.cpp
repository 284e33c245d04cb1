#include "understudy/model/safetensors.h"

#include <torch/types.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/safetensors_header.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kChecksumKey = "checksum";

struct TypeName {
  std::string_view name;
  torch::ScalarType type;
};
constexpr TypeName kTypes[] = {{"F64", torch::kFloat64},   {"F32", torch::kFloat32}, {"F16", torch::kFloat16},
                               {"BF16", torch::kBFloat16}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
                               {"I16", torch::kInt16},     {"I8", torch::kInt8},     {"U8", torch::kUInt8},
                               {"BOOL", torch::kBool}};

std::string_view type_name(const std::string& name, torch::ScalarType type) {
  const auto* known = std::ranges::find(kTypes, type, &TypeName::type);
  if (known == std::end(kTypes))
    throw Error(ErrorCode::kBug, text("the tensor '", name, "' is of a type that cannot be written"));
  return known->name;
}

/// Of a name that the header's reader knows.
torch::ScalarType type_of(std::string_view name) {
  return std::ranges::find(kTypes, name, &TypeName::name)->type;
}

}  // namespace

const torch::Tensor* TensorFile::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &NamedTensors::value_type::first);
  return found == tensors.end() ? nullptr : &found->second;
}

void write_safetensors(const fs::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  NamedTensors plain;
  SafetensorsHeader header{metadata, {}};
  TensorChecksum checksum;
  std::uint64_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    plain.emplace_back(name, tensor.detach().to(torch::kCPU).contiguous());
    const torch::Tensor& data = plain.back().second;
    checksum.add(data.data_ptr(), data.nbytes());
    const std::uint64_t end = begin + data.nbytes();
    header.tensors.push_back(
        {name, std::string(type_name(name, data.scalar_type())), data.sizes().vec(), begin, end});
    begin = end;
  }
  header.metadata[kChecksumKey] = checksum.hex();
  const std::string header_bytes = safetensors_header_bytes(header);
  AtomicFile file(path);
  std::ofstream stream(file.temporary(), std::ios::binary);
  errno = 0;
  stream << header_bytes;
  for (const auto& [name, tensor] : plain)
    stream.write(static_cast<const char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
  stream.close();
  if (!stream) {
    throw Error(ErrorCode::kResource,
                text("cannot write ", path.string(), ": ", std::strerror(errno ? errno : EIO)),
                "free some space or choose another output folder, then run the same command again");
  }
  file.commit();
}

TensorFile read_safetensors(const fs::path& path, std::string_view only) {
  std::ifstream in;
  const SafetensorsHeader header = read_safetensors_header(path, in);
  TensorFile out{header.metadata, {}};
  TensorChecksum checksum;
  for (const StoredTensor& stored : header.tensors) {
    torch::Tensor tensor = torch::empty(stored.shape, type_of(stored.type));
    if (tensor.nbytes() > 0 &&
        !in.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes())))
      refuse_safetensors(path.string(), text("it ended within the tensor '", stored.name, "'"));
    checksum.add(tensor.data_ptr(), tensor.nbytes());
    if (stored.name.starts_with(only)) out.tensors.emplace_back(stored.name, std::move(tensor));
  }
  const auto kept = header.metadata.find(kChecksumKey);
  if (kept != header.metadata.end() && kept->second != checksum.hex())
    refuse_safetensors(path.string(), text("its data have the checksum ", checksum.hex(),
                                           ", its header says ", kept->second));
  return out;
}

std::map<std::string, std::string> read_safetensors_metadata(const fs::path& path) {
  std::ifstream in;
  return read_safetensors_header(path, in).metadata;
}

}  // namespace understudy::model
