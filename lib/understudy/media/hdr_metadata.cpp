#include "understudy/media/hdr_metadata.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <cmath>
#include <cstring>
#include <new>

#include "understudy/core/log.h"
#include "understudy/core/text.h"

namespace understudy::media {
namespace {

Rational rational_of(AVRational value) {
  return {value.num, value.den};
}
AVRational av_rational(Rational value) {
  return {value.num, value.den};
}

/// The stream's side data, else the frame's.
template <class Data>
const Data* find(const AVStream& stream, AVPacketSideDataType of_stream, const AVFrame& frame,
                 AVFrameSideDataType of_frame) {
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, of_stream, &size);
  if (data != nullptr && size >= sizeof(Data)) return reinterpret_cast<const Data*>(data);
  const AVFrameSideData* side = av_frame_get_side_data(&frame, of_frame);
  return side != nullptr ? reinterpret_cast<const Data*>(side->data) : nullptr;
}

MasteringDisplay mastering_of(const AVMasteringDisplayMetadata& from) {
  MasteringDisplay out;
  if (from.has_primaries != 0) {
    auto& primaries = out.primaries.emplace();
    for (std::size_t i = 0; i < 6; ++i) primaries[i] = rational_of(from.display_primaries[i / 2][i % 2]);
    for (std::size_t i = 0; i < 2; ++i) primaries[6 + i] = rational_of(from.white_point[i]);
  }
  if (from.has_luminance != 0)
    out.luminance = {rational_of(from.min_luminance), rational_of(from.max_luminance)};
  return out;
}

template <class Data>
void attach(AVStream& stream, AVPacketSideDataType type, const Data& data) {
  std::uint8_t* copy = av_stream_new_side_data(&stream, type, sizeof(Data));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, &data, sizeof(Data));
}

/// Green, blue, red and white in units of 1/50000, most and least luminance in 1/10000 nits.
std::string display_text(const MasteringDisplay& display) {
  const auto place = [&](std::size_t i) {
    const auto& primaries = *display.primaries;
    return text("(", std::lround(primaries[2 * i].value() * 50000), ",",
                std::lround(primaries[2 * i + 1].value() * 50000), ")");
  };
  const auto light = [&](std::size_t i) { return std::lround((*display.luminance)[i].value() * 10000); };
  return text("G", place(1), "B", place(2), "R", place(0), "WP", place(3), "L(", light(1), ",", light(0),
              ")");
}

std::string hdr_parameters(const SourceInfo& info, const char* display_key, const char* light_key) {
  std::string out;
  if (info.mastering && info.mastering->primaries && info.mastering->luminance)
    out += text(display_key, "=", display_text(*info.mastering));
  if (info.content_light)
    out += text(out.empty() ? "" : ":", light_key, "=", info.content_light->max_cll, ",",
                info.content_light->max_fall);
  return out;
}

}  // namespace

void read_hdr_metadata(const AVStream& stream, const AVFrame& first, SourceInfo& info) {
  const auto* display = find<AVMasteringDisplayMetadata>(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
                                                         first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  if (display != nullptr) info.mastering = mastering_of(*display);
  const auto* light = find<AVContentLightMetadata>(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, first,
                                                   AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  if (light != nullptr)
    info.content_light = {static_cast<int>(light->MaxCLL), static_cast<int>(light->MaxFALL)};
  for (const AVFrameSideDataType kind : {AV_FRAME_DATA_DYNAMIC_HDR_PLUS, AV_FRAME_DATA_DOVI_METADATA})
    if (av_frame_get_side_data(&first, kind) != nullptr)
      log_warning(
          text(info.path.string(), ": ", av_frame_side_data_name(kind), " of each frame is not kept"));
}

void add_hdr_metadata(const SourceInfo& info, AVStream& stream) {
  if (info.mastering) {
    AVMasteringDisplayMetadata display{};
    if (const auto& primaries = info.mastering->primaries) {
      for (std::size_t i = 0; i < 6; ++i)
        display.display_primaries[i / 2][i % 2] = av_rational((*primaries)[i]);
      for (std::size_t i = 0; i < 2; ++i) display.white_point[i] = av_rational((*primaries)[6 + i]);
      display.has_primaries = 1;
    }
    if (const auto& luminance = info.mastering->luminance) {
      display.min_luminance = av_rational((*luminance)[0]);
      display.max_luminance = av_rational((*luminance)[1]);
      display.has_luminance = 1;
    }
    attach(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, display);
  }
  if (info.content_light) {
    const AVContentLightMetadata light{static_cast<unsigned>(info.content_light->max_cll),
                                       static_cast<unsigned>(info.content_light->max_fall)};
    attach(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, light);
  }
}

std::string x265_hdr_parameters(const SourceInfo& info) {
  const std::string parameters = hdr_parameters(info, "master-display", "max-cll");
  return parameters.empty() ? "" : ":hdr10=1:" + parameters;
}

std::string x264_hdr_parameters(const SourceInfo& info) {
  return hdr_parameters(info, "mastering-display", "cll");
}

}  // namespace understudy::media
