#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "understudy/media/display_space.h"
#include "understudy/media/sink.h"
#include "understudy/media/source.h"

namespace understudy::stages {

/// A video for reviews: the plate left of a line, the result right of it, burnt in with the frame's number.
/// What is not coded for screens as it is (linear, PQ, HLG, log) is shown in display space, cut at white.
class WipeWriter {
 public:
  /// H.264 with the plate's sound and times, `marking` in the metadata. `frames` (ascending) are those that
  /// will come, `before_naming` as in media::SinkOptions. Throws as media::open_sink().
  WipeWriter(const std::filesystem::path& path, const media::SourceInfo& plate,
             std::vector<std::int64_t> frames, const std::map<std::string, std::string>& marking,
             media::DisplaySpace space, int threads,
             std::function<void(const std::filesystem::path&)> before_naming = {});

  /// `merged` and the same frame as it was. Throws as media::FrameSink::write().
  void write(const media::Frame& merged, const media::Picture& plate);
  void finish();

 private:
  std::vector<std::int64_t> frames_;
  media::DisplaySpace space_;
  double sweep_frames_;  ///< from edge to edge
  std::unique_ptr<media::FrameSink> sink_;
};

/// Where the line stands at the `index`-th frame, 0 (left edge) to 1: from left to right and back again, each
/// way in `sweep_frames`.
double wipe_position(std::int64_t index, double sweep_frames);

/// `merged` with the plate's samples left of `position`, a line there and labels on both sides of it.
media::Picture wiped(const media::Picture& plate, const media::Picture& merged, double position,
                     const std::string& label);

}  // namespace understudy::stages
