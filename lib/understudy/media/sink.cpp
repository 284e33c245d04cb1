#include "understudy/media/sink.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "understudy/core/bounded_queue.h"
#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/sequence_sink.h"
#include "understudy/media/video_sink.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

/// Hands frames to another sink on `workers` threads of their own.
class WriteBehind : public FrameSink {
 public:
  WriteBehind(std::unique_ptr<FrameSink> inner, int workers)
      : inner_(std::move(inner)), queue_(kFramesBehind) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  }
  ~WriteBehind() override {
    abandoned_ = true;
    stop();
  }
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  void write(const Frame& frame) override {
    if (!queue_.push(frame)) stop_and_throw();
  }
  void finish() override {
    stop_and_throw();
    inner_->finish();
  }

 private:
  static constexpr std::size_t kFramesBehind = 4;

  void work() {
    while (std::optional<Frame> frame = queue_.pop()) {
      if (abandoned_) continue;
      try {
        inner_->write(*frame);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
        abandoned_ = true;
        queue_.close();
      }
    }
  }
  void stop() {
    queue_.close();
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  void stop_and_throw() {
    stop();
    if (error_) std::rethrow_exception(error_);
  }

  std::unique_ptr<FrameSink> inner_;
  BoundedQueue<Frame> queue_;
  std::atomic<bool> abandoned_{false};
  std::mutex mutex_;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

void check_options(const fs::path& path, const Codec& codec, const SinkOptions& options) {
  const auto has = [](const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  if (!codec.is_sequence && !has(codec.extensions, path.extension().string()))
    throw Error(ErrorCode::kUsage,
                text(options.codec, " cannot be stored as '", path.filename().string(), "'"),
                text("let the output end in ", joined(codec.extensions, " or ")));
  if (!options.preset.empty() && !has(codec.presets, options.preset))
    throw Error(
        ErrorCode::kUsage, text("unknown preset '", options.preset, "' of ", options.codec),
        codec.presets.empty() ? "this codec has no presets" : text("choose one of: ", joined(codec.presets)));
  if (options.quality && !codec.quality)
    throw Error(ErrorCode::kUsage, text(options.codec, " has no quality number"), "leave the quality out");
  if (options.quality && !(*options.quality >= 0 && *options.quality <= 51))
    throw Error(ErrorCode::kUsage, text("a quality of ", *options.quality, " is outside 0 (best) to 51"));
}

}  // namespace

// To add one: a row here; if FFmpeg writes it and it needs options, a branch in set_encoder_options() of
// video_encoder.cpp; if OpenImageIO writes it, its depths in picture_file_format(). The tests walk this
// table.
const Table<Codec>& codecs() {
  static const std::vector<std::string> kX264Presets{"medium", "ultrafast", "superfast", "veryfast", "faster",
                                                     "fast",   "slow",      "slower",    "veryslow"};
  static const Table<Codec> table(
      "codec",
      {{"h264",
        "H.264, for players and browsers",
        {"libx264", false, true, {".mp4", ".mov", ".mkv"}, 18, kX264Presets, {215, 0}}},
       {"hevc",
        "H.265, smaller and slower",
        {"libx265", false, true, {".mp4", ".mov", ".mkv"}, 20, kX264Presets, {190, 5}}},
       {"prores",
        "ProRes 422 or 4444, 10-bit, for editing",
        {"prores",
         false,
         false,
         {".mov", ".mkv"},
         {},
         {"auto", "proxy", "lt", "standard", "hq", "4444"},
         {10, 10}}},
       {"dnxhr",
        "DNxHR HQ, HQX or 444, for editing",
        {"dnxhd", false, false, {".mov"}, {}, {"auto", "lb", "sq", "hq", "hqx", "444"}, {10, 10}}},
       {"ffv1", "FFV1, lossless", {"ffv1", false, false, {".mkv"}, {}, {}, {160, 0}}},
       {"png", "PNG pictures, 8 or 16 bits", {"png", true, false, {".png"}, {}, {}, {0, 12}}},
       {"tiff",
        "TIFF pictures, 8 or 16 bits or float",
        {"tiff", true, false, {".tif", ".tiff"}, {}, {}, {0, 12}}},
       {"exr", "OpenEXR pictures, half or float", {"openexr", true, false, {".exr"}, {}, {}, {0, 12}}},
       {"dpx", "DPX pictures, 8 to 16 bits", {"dpx", true, false, {".dpx"}, {}, {}, {0, 12}}}});
  return table;
}

std::unique_ptr<FrameSink> open_sink(const fs::path& path, const SourceInfo& like,
                                     const SinkOptions& options) {
  const Codec& codec = codecs().at(options.codec);
  check_options(path, codec, options);
  if (codec.is_sequence)
    return std::make_unique<WriteBehind>(std::make_unique<SequenceSink>(path, like, options),
                                         std::max(options.threads, 1));
  return std::make_unique<WriteBehind>(std::make_unique<VideoSink>(path, like, options), 1);
}

}  // namespace understudy::media
