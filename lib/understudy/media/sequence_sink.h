#pragma once

#include <map>

#include "understudy/media/picture_file.h"
#include "understudy/media/sequence_path.h"
#include "understudy/media/sink.h"

namespace understudy::media {

/// Writes each frame as a picture of its own on the caller's thread. write() may be called by several threads
/// at once.
class SequenceSink : public FrameSink {
 public:
  SequenceSink(const std::filesystem::path& path, const SourceInfo& like, const SinkOptions& options);
  void write(const Frame& frame) override;
  void finish() override {}

 private:
  void add_time(std::int64_t number, OIIO::ImageSpec& spec) const;

  std::string oiio_format_;
  std::map<std::string, std::string> metadata_;
  SequencePattern names_;
  SourceInfo like_;
  std::map<std::int64_t, std::filesystem::path> plate_;  ///< pictures whose attributes are carried over
};

}  // namespace understudy::media
