#pragma once

#include <map>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

#include "understudy/media/sink.h"
#include "understudy/media/source.h"
#include "understudy/stages/merge.h"

namespace understudy::stages {

/// The codec to write with: the one asked for, else the first that has the output's extension, else PNG for a
/// folder. Throws Error kUsage.
std::string codec_for(const std::filesystem::path& output, const std::string& asked);

/// The merged pictures from `first_frame` on, with the plate's sound and tags and with `marking` in the
/// metadata; see media::SinkOptions for `before_naming`.
std::unique_ptr<media::FrameSink> open_output(
    const MergeOptions& options, const media::SourceInfo& plate,
    const std::map<std::string, std::string>& marking, std::int64_t first_frame, int threads,
    std::function<void(const std::filesystem::path&)> before_naming);

/// The mattes from `first_frame` on: PNGs in a folder, or grey FFV1 in an .mkv file.
std::unique_ptr<media::FrameSink> open_matte(const std::filesystem::path& path,
                                             const media::SourceInfo& plate, std::int64_t first_frame,
                                             int threads);

/// The picture that open_matte()'s sink takes: 8-bit grey, 0 exactly where `matte` (CV_32FC1) is 0.
media::Picture matte_picture(const cv::Mat& matte);

}  // namespace understudy::stages
