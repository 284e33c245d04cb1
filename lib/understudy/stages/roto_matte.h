#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "understudy/media/source.h"

namespace understudy::stages {

/// Mattes that somebody drew, one a frame of the plate: black where the plate is to stay, white where a face
/// may be put. Their colour counts, not their alpha.
class RotoMatte {
 public:
  /// A video or pictures, of the plate's size. Throws Error kInput when there is nothing, a size differs or
  /// one of the `wanted` frames (ascending) is missing, kFormat.
  RotoMatte(const std::filesystem::path& path, const media::SourceInfo& plate,
            const std::vector<std::int64_t>& wanted, int threads);

  const media::SourceInfo& info() const { return source_->info(); }
  /// That of frame `number`; to be asked in ascending order. Throws media::BadFrame when it cannot be
  /// decoded.
  media::Picture next(std::int64_t number);

 private:
  std::unique_ptr<media::FrameSource> source_;
};

}  // namespace understudy::stages
