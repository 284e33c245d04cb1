#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace understudy::stages {

/// A picture for TensorBoard, as a file's bytes: PNG or JPEG.
struct EncodedPicture {
  int width = 0, height = 0;
  std::string bytes;
};

/// A file of events as TensorBoard reads them: records of length, masked CRC-32C (RFC 3720, appendix B.4) and
/// a protocol buffer `tensorflow.Event`. Every event is on disk, for readers, when the call returns.
class EventFile {
 public:
  /// Makes a new file in `folder` (and the folder), whose first event tells TensorBoard to forget points from
  /// `first_step` on that earlier files hold: that work was lost. Throws Error kResource.
  EventFile(const std::filesystem::path& folder, std::int64_t first_step);

  /// Values at a step, by tag. Throws Error kResource.
  void add_scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);
  void add_picture(std::int64_t step, const std::string& tag, const EncodedPicture& picture);

 private:
  void write(const std::string& event);

  std::filesystem::path path_;
  std::ofstream file_;
};

/// CRC-32C (Castagnoli) of bytes.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace understudy::stages
