#include <sstream>

#include "given.h"
#include "understudy/core/safetensors_header.h"

/// The bytes as a safetensors file: a header whose tensors fill exactly what is behind it, and which is the
/// same after writing and reading, or refused as a wrong format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy;
  std::istringstream in{std::string(fuzz::text_of(data, size))};
  SafetensorsHeader header;
  if (!fuzz::takes([&] { header = read_safetensors_header(in, size, "fuzz"); })) return 0;
  const auto begin = static_cast<std::uint64_t>(in.tellg());
  const std::uint64_t end = header.tensors.empty() ? 0 : header.tensors.back().end;
  if (begin + end != size) std::abort();
  const std::string written = safetensors_header_bytes(header);
  std::istringstream again(written);
  const SafetensorsHeader read = read_safetensors_header(again, written.size() + end, "written");
  if (read.tensors.size() != header.tensors.size()) std::abort();
  for (const auto& [key, value] : header.metadata)
    if (key != "header_checksum" && read.metadata.at(key) != value) std::abort();
  return 0;
}
