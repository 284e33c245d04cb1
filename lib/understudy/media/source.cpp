#include "understudy/media/source.h"

#include <thread>

#include "understudy/core/bounded_queue.h"
#include "understudy/core/text.h"
#include "understudy/media/sequence_path.h"
#include "understudy/media/sequence_source.h"
#include "understudy/media/video_source.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

/// Decodes a few frames ahead of whoever asks for them.
class ReadAhead : public FrameSource {
 public:
  explicit ReadAhead(std::unique_ptr<FrameSource> inner) : inner_(std::move(inner)) {}
  ~ReadAhead() override { stop(); }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  const SourceInfo& info() const override { return inner_->info(); }
  void select(std::vector<std::int64_t> numbers) override {
    stop();
    inner_->select(std::move(numbers));
  }
  std::optional<Frame> next() override {
    if (!thread_.joinable()) {
      queue_ = std::make_unique<BoundedQueue<Item>>(kFramesAhead);
      thread_ = std::thread([this] { fill(*queue_); });
    }
    std::optional<Item> item = queue_->pop();
    if (!item) return std::nullopt;
    if (item->error) std::rethrow_exception(item->error);
    return std::move(item->frame);
  }

 private:
  struct Item {
    Frame frame;
    std::exception_ptr error;
  };

  void fill(BoundedQueue<Item>& queue) {
    for (bool going = true; going;) {
      Item item;
      try {
        std::optional<Frame> frame = inner_->next();
        if (!frame) break;
        item.frame = std::move(*frame);
      } catch (const BadFrame&) {
        item.error = std::current_exception();
      } catch (...) {
        item.error = std::current_exception();
        going = false;
      }
      going = queue.push(std::move(item)) && going;
    }
    queue.close();
  }

  void stop() {
    if (!thread_.joinable()) return;
    queue_->close();
    thread_.join();
  }

  std::unique_ptr<FrameSource> inner_;
  std::unique_ptr<BoundedQueue<Item>> queue_;
  std::thread thread_;
};

std::unique_ptr<FrameSource> open_plain(const fs::path& path, int threads, const std::string& deinterlace) {
  std::error_code ignored;
  const bool exists = fs::exists(path, ignored);
  if (!exists && !SequencePattern::parse(path)) {
    throw Error(ErrorCode::kInput, text("there is no ", path.string()),
                "expected a video, a picture, a folder of pictures or a pattern such as plate.####.exr");
  }
  const bool pictures = !exists || fs::is_directory(path, ignored) || has_picture_extension(path);
  const std::string& filter = deinterlacers().at(deinterlace);
  if (!pictures) return std::make_unique<VideoSource>(path, threads, filter);
  if (!filter.empty())
    throw Error(ErrorCode::kUsage,
                text(path.string(), " is not a video: pictures do not say which fields they hold"),
                "leave --deinterlace out, or make a video of them");
  return std::make_unique<SequenceSource>(path, threads);
}

}  // namespace

// To add one: a row here, and in docs/tools/extract.md. It must give one picture for a frame, from its
// neighbours only.
const Table<std::string>& deinterlacers() {
  static const Table<std::string> table(
      "deinterlacer",
      {{"none", "interlaced footage is refused", ""},
       {"bwdif", "one picture for the two fields of a frame, moving parts interpolated (FFmpeg's bwdif)",
        "bwdif=mode=send_frame:parity=auto:deint=interlaced"}});
  return table;
}

std::unique_ptr<FrameSource> open_source(const fs::path& path, int threads, const std::string& deinterlace) {
  return std::make_unique<ReadAhead>(open_plain(path, threads, deinterlace));
}

}  // namespace understudy::media
