#include "understudy/media/ffmpeg.h"

#include <array>
#include <cstdio>
#include <mutex>
#include <new>
#include <string_view>

#include "understudy/core/log.h"
#include "understudy/core/text.h"

namespace understudy::media {
namespace {

void to_debug_log(void*, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING) return;
  std::array<char, 1024> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string_view message(line.data());
  while (message.ends_with('\n')) message.remove_suffix(1);
  log_debug(text("ffmpeg: ", message));
}

template <class T>
FfmpegPtr<T> checked(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return FfmpegPtr<T>(object);
}

}  // namespace

FfmpegPtr<AVFrame> new_frame() {
  return checked(av_frame_alloc());
}
FfmpegPtr<AVPacket> new_packet() {
  return checked(av_packet_alloc());
}

std::string ffmpeg_reason(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> reason{};
  av_strerror(error, reason.data(), reason.size());
  return reason.data();
}

void route_ffmpeg_log() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(to_debug_log); });
}

}  // namespace understudy::media
