#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace understudy {

/// A tensor as the header of a safetensors file (github.com/huggingface/safetensors) names it.
struct StoredTensor {
  std::string name;
  std::string type;  ///< such as "F32"
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< bytes behind the header
};

/// What stands before the data of a safetensors file.
struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;  ///< in the order of their places
};

/// A 64-bit sum that notices flipped, moved and missing bytes; not a digest against an adversary.
class TensorChecksum {
 public:
  void add(const void* data, std::uint64_t bytes);
  std::string hex() const;

 private:
  void mix(std::uint64_t word);
  std::uint64_t sum_ = 0x6a09e667f3bcc909ULL;
};

/// Reads up to where the data begin. Checked are all lengths against `file_bytes`, known types, shapes
/// against sizes, offsets without gap or overlap, names given twice, and the header's checksum where it has
/// one. Throws Error kFormat, naming `where`, with what was found.
SafetensorsHeader read_safetensors_header(std::istream& in, std::uint64_t file_bytes,
                                          const std::string& where);
/// The same of a file, which is opened as `in`: the data come next. Throws Error kInput when it cannot be
/// read.
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path, std::ifstream& in);

/// The bytes up to where the data begin, a checksum added. Throws Error kBug for a name given twice.
std::string safetensors_header_bytes(const SafetensorsHeader& header);

/// Throws Error kFormat: `where` is not a whole safetensors file.
[[noreturn]] void refuse_safetensors(const std::string& where, const std::string& what);

}  // namespace understudy
