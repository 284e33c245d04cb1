#include "understudy/stages/memory_need.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/log.h"
#include "understudy/core/memory.h"
#include "understudy/core/text.h"
#include "understudy/media/sink.h"
#include "understudy/media/source.h"

namespace understudy::stages {
namespace {

constexpr double kMegabyte = 1e6;
constexpr double kDecodersFrames = 4;  // that FFmpeg keeps to predict from

double pixels(const media::PictureFormat& format) {
  return static_cast<double>(format.width) * format.height;
}

double picture_bytes(const media::PictureFormat& format) {
  double samples = 0;
  for (int i = 0; i < format.plane_count(); ++i) samples += format.plane_size(i).area();
  return samples * static_cast<double>(CV_ELEM_SIZE1(format.mat_type()));
}

/// Frames that are decoded before they are asked for.
double read_ahead_bytes(const media::PictureFormat& format) {
  return (static_cast<double>(media::kFramesAhead) + kDecodersFrames) * picture_bytes(format);
}

}  // namespace

MemoryNeed extract_memory(const media::PictureFormat& plate, int threads, int detect_every, int min_face_px) {
  constexpr double kProgram = 191 * kMegabyte, kDetector = 6 * kMegabyte, kThreadsBytesPerPixel = 9;
  constexpr double kSmallestSeenPx = 32, kDetectorsBytesPerPixel = 105;  // of what the detector sees
  constexpr double kBgr8 = 3, kFramesPerFrame = 1.8;
  constexpr int kMost = 32;
  const double frame = picture_bytes(plate) + kBgr8 * pixels(plate);
  const double scale = kSmallestSeenPx / min_face_px;
  const double per_pixel = kThreadsBytesPerPixel + kDetectorsBytesPerPixel * scale * scale;
  // A batch is looked at while the one before it is written, and some wait for the detector's next look.
  return {"frames", std::max(2 * threads, std::min(threads * detect_every, kMost)),
          kProgram + read_ahead_bytes(plate) + threads * (kDetector + per_pixel * pixels(plate)) +
              detect_every * frame,
          kFramesPerFrame * frame};
}

MemoryNeed align_memory(int threads) {
  constexpr double kProgram = 165 * kMegabyte, kKeptCrops = 128 * kMegabyte, kOneFace = 40 * kMegabyte;
  return {"threads", threads, kProgram + kKeptCrops, kOneFace};
}

MemoryNeed merge_memory(const media::PictureFormat& plate, const std::string& codec, int threads,
                        std::int64_t radius, double face_px) {
  constexpr double kProgram = 200 * kMegabyte, kThread = 10 * kMegabyte, kFacesBytesPerPixel = 85;
  constexpr double kWaiting = 3;  // frames of the pipeline beside those of its threads
  const media::EncoderMemory encoder = media::codecs().at(codec).memory;
  const double frame = picture_bytes(plate);
  return {"threads", threads,
          kProgram + read_ahead_bytes(plate) + (static_cast<double>(radius) + kWaiting) * frame +
              (encoder.bytes_per_px + threads * encoder.bytes_per_px_and_thread) * pixels(plate),
          kThread + 2 * frame + kFacesBytesPerPixel * std::min(face_px, pixels(plate))};
}

std::int64_t fit_memory(const MemoryNeed& need, std::uint64_t limit, Report& report) {
  std::int64_t fitting = need.wanted;
  if (limit > 0) {
    const double room = static_cast<double>(limit) - need.fixed;
    fitting = std::min(fitting, static_cast<std::int64_t>(std::max(0.0, room) / need.each));
  }
  if (fitting < 1)
    throw Error(ErrorCode::kResource,
                text("about ", bytes_text(need.of(1)), " of memory are needed, --memory allows ",
                     bytes_text(static_cast<double>(limit))),
                "give more to --memory, or run fewer --threads");
  if (fitting < need.wanted)
    log_info(text(fitting, " ", need.things, " at once instead of ", need.wanted, ", so that ",
                  bytes_text(static_cast<double>(limit)), " of memory suffice"));
  report.details["memory"] = {{"expected", std::llround(need.of(fitting))},
                              {"fixed", std::llround(need.fixed)},
                              {"each", std::llround(need.each)},
                              {"limit", limit > 0 ? Json(limit) : Json(nullptr)},
                              {"at_once", fitting},
                              {"things", need.things}};
  return fitting;
}

}  // namespace understudy::stages
