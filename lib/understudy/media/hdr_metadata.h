#pragma once

#include "understudy/media/ffmpeg.h"
#include "understudy/media/source.h"

namespace understudy::media {

/// Fills `mastering` and `content_light` from what the stream or its first frame carries.
void read_hdr_metadata(const AVStream& stream, const AVFrame& first, SourceInfo& info);

/// Hands both to the muxer.
void add_hdr_metadata(const SourceInfo& info, AVStream& stream);

/// x265's parameters for both, beginning with ':', or "".
std::string x265_hdr_parameters(const SourceInfo& info);
/// x264's, without ':' before them.
std::string x264_hdr_parameters(const SourceInfo& info);

}  // namespace understudy::media
