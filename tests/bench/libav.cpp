#include "bench/libav.h"

#include <tuple>

#include "bench/measure.h"
#include "understudy/core/error.h"
#include "understudy/media/pixel_format.h"
#include "understudy/media/video_index.h"

namespace understudy::bench {
namespace {

using media::FfmpegPtr;

int checked(int result, const char* what) {
  if (result < 0) throw Error(ErrorCode::kResource, text(what, ": ", media::ffmpeg_reason(result)));
  return result;
}

void decode_all(const std::filesystem::path& path, int threads) {
  AVFormatContext* opened = nullptr;
  checked(avformat_open_input(&opened, path.c_str(), nullptr, nullptr), "opening the clip");
  const media::ContainerPtr container(opened);
  checked(avformat_find_stream_info(opened, nullptr), "reading the clip's head");
  const AVCodec* codec = nullptr;
  const int stream =
      checked(av_find_best_stream(opened, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0), "finding the video");
  const FfmpegPtr<AVCodecContext> context(avcodec_alloc_context3(codec));
  checked(avcodec_parameters_to_context(context.get(), opened->streams[stream]->codecpar),
          "describing the video");
  context->thread_count = threads;
  checked(avcodec_open2(context.get(), codec, nullptr), "opening the decoder");
  const FfmpegPtr<AVPacket> packet = media::new_packet();
  const FfmpegPtr<AVFrame> frame = media::new_frame();
  const auto take_frames = [&] {
    while (avcodec_receive_frame(context.get(), frame.get()) >= 0) av_frame_unref(frame.get());
  };
  while (av_read_frame(opened, packet.get()) >= 0) {
    if (packet->stream_index == stream) checked(avcodec_send_packet(context.get(), packet.get()), "decoding");
    av_packet_unref(packet.get());
    take_frames();
  }
  avcodec_send_packet(context.get(), nullptr);
  take_frames();
}

std::vector<FfmpegPtr<AVFrame>> frames_of(const Clip& clip) {
  std::vector<FfmpegPtr<AVFrame>> out;
  for (const media::Frame& from : clip.frames) {
    FfmpegPtr<AVFrame> frame = media::new_frame();
    frame->format = media::planar_pixel_format(clip.info.format);
    frame->width = clip.info.format.width;
    frame->height = clip.info.format.height;
    frame->pts = static_cast<std::int64_t>(out.size());
    checked(av_frame_get_buffer(frame.get(), 0), "making a frame");
    media::pack(from.picture, *frame);
    out.push_back(std::move(frame));
  }
  return out;
}

void encode_all(const std::vector<FfmpegPtr<AVFrame>>& frames, const EncoderSettings& settings, int threads) {
  const AVCodec* codec = avcodec_find_encoder_by_name(settings.name.c_str());
  if (codec == nullptr) throw Error(ErrorCode::kResource, text("this FFmpeg has no encoder ", settings.name));
  const FfmpegPtr<AVCodecContext> context(avcodec_alloc_context3(codec));
  const AVFrame& first = *frames.front();
  context->width = first.width;
  context->height = first.height;
  context->pix_fmt = static_cast<AVPixelFormat>(first.format);
  context->time_base = {1, 24};
  context->framerate = {24, 1};
  context->thread_count = threads;
  media::Options options;
  for (const auto& [key, value] : settings.options) options.set(key, value);
  checked(avcodec_open2(context.get(), codec, options.get()), "opening the encoder");
  const FfmpegPtr<AVPacket> packet = media::new_packet();
  const auto take_packets = [&] {
    while (avcodec_receive_packet(context.get(), packet.get()) >= 0) av_packet_unref(packet.get());
  };
  for (const auto& frame : frames) {
    checked(avcodec_send_frame(context.get(), frame.get()), "encoding");
    take_packets();
  }
  avcodec_send_frame(context.get(), nullptr);
  take_packets();
}

}  // namespace

double decoding_alone(const std::filesystem::path& path, int threads) {
  static LeastEver<std::pair<std::filesystem::path, int>> least;
  return least.of({path, threads}, [&] { return least_seconds(1, [&] { decode_all(path, threads); }); });
}

double encoding_alone(const Clip& clip, const EncoderSettings& settings, int threads) {
  static LeastEver<std::tuple<std::string, std::string, int>> least;
  const auto frames = frames_of(clip);
  return least.of({clip.name, settings.name, threads},
                  [&] { return least_seconds(1, [&] { encode_all(frames, settings, threads); }); });
}

}  // namespace understudy::bench
