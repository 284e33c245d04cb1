#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace understudy {

/// Bytes in memory that the system may keep in a file instead. Movable; unmapped at the end.
class MappedBytes {
 public:
  MappedBytes() = default;
  /// Zeros, of this process alone. Throws Error kResource when there is not enough memory.
  static MappedBytes anonymous(std::uint64_t bytes);
  /// A new file of that many bytes, whose place on the disk is taken at once, so that writing into it cannot
  /// fail later. Throws Error kResource.
  static MappedBytes create(const std::filesystem::path& path, std::uint64_t bytes);
  /// A whole file, which must not be written to through data(). Throws Error kInput.
  static MappedBytes open(const std::filesystem::path& path);

  ~MappedBytes();
  MappedBytes(MappedBytes&& other) noexcept;
  MappedBytes& operator=(MappedBytes&& other) noexcept;

  std::byte* data() const { return data_; }
  std::uint64_t size() const { return size_; }

 private:
  MappedBytes(std::byte* data, std::uint64_t size) : data_(data), size_(size) {}
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

/// Hands `bytes` to `use` in blocks, from the first to the last. Of a file that MappedBytes::open() has
/// mapped the system gets each block's pages back at once: farms count them as the program's memory, which
/// would grow to the size of the file else.
void use_in_blocks(std::string_view bytes, const std::function<void(std::string_view block)>& use);

}  // namespace understudy
