#include "understudy/stages/plate_memory.h"

#include <algorithm>

#include "understudy/media/sink.h"
#include "understudy/media/source.h"
#include "understudy/stages/extract_crop.h"
#include "understudy/vision/detector.h"

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
  constexpr double kProgram = 182 * kMegabyte, kDetector = 6 * kMegabyte, kThreadsBytesPerPixel = 9;
  constexpr double kDetectorsBytesPerPixel = 36;  // of what the detector sees
  constexpr double kBgr8 = 3, kFramesPerFrame = 2.8;
  constexpr int kMost = 32;
  const double frame = kBgr8 * pixels(plate) + (has_deep_crops(plate) ? picture_bytes(plate) : 0);
  const double scale = vision::kSmallestSeenPx / min_face_px;
  const double per_pixel = kThreadsBytesPerPixel + kDetectorsBytesPerPixel * scale * scale;
  // While a batch is looked at, faces are followed through the one before it and written of the one before
  // that; some frames wait for the detector's next look.
  return {"frames", std::max(2 * threads, std::min(threads * detect_every, kMost)),
          kProgram + read_ahead_bytes(plate) + threads * (kDetector + per_pixel * pixels(plate)) +
              detect_every * frame,
          kFramesPerFrame * frame};
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

}  // namespace understudy::stages
