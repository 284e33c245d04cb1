#include "understudy/stages/merge_wipe.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr double kSweepSeconds = 4;
constexpr int kChromaBlock = 4;  // the widest chroma sample covers 4 pixels: the line lies between two

/// Paints `color` where `mask` (CV_8UC1, of the picture's size) is not 0.
void paint(media::Picture& picture, const cv::Mat& mask, const cv::Scalar& color) {
  const cv::Rect region = cv::boundingRect(mask);
  if (region.empty()) return;
  cv::Mat matte;
  mask(region).convertTo(matte, CV_32F, 1.0 / 255);
  picture.blend_bgr(region, cv::Mat(region.size(), CV_32FC3, color), matte);
}

/// White on black letters and lines, of a size that suits the picture.
class Marker {
 public:
  explicit Marker(cv::Size size)
      : mask_(cv::Mat::zeros(size, CV_8UC1)),
        thickness_(std::max(1, size.height / 540)),
        scale_(std::max(0.4, size.height / 1080.0)) {}

  int margin() const { return 6 * thickness_ + 2; }
  cv::Size size_of(const std::string& words) const {
    int below = 0;
    return cv::getTextSize(words, kFont, scale_, thickness_, &below);
  }
  /// `left_bottom`: of the letters' line; may lie outside.
  void write(const std::string& words, cv::Point left_bottom) {
    cv::putText(mask_, words, left_bottom, kFont, scale_, cv::Scalar(255), thickness_, cv::LINE_AA);
  }
  void draw_line(int x) { cv::line(mask_, {x, 0}, {x, mask_.rows - 1}, cv::Scalar(255), thickness_); }
  void paint_onto(media::Picture& picture) const {
    cv::Mat around;
    const int side = 2 * thickness_ + 1;
    cv::dilate(mask_, around, cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side}));
    paint(picture, around, cv::Scalar::all(0));
    paint(picture, mask_, cv::Scalar::all(1));
  }

 private:
  static constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
  cv::Mat mask_;
  int thickness_;
  double scale_;
};

/// 8 bits for screens.
media::PictureFormat shown_format(const media::PictureFormat& plate) {
  constexpr int kRgb = 0, kBt709 = 1, kSrgb = 13;  // ITU-T H.273
  media::PictureFormat out;
  out.width = plate.width;
  out.height = plate.height;
  out.matrix = kRgb;
  out.primaries = kBt709;
  out.transfer = kSrgb;
  out.range_tagged = true;
  return out;
}

media::Picture shown(const media::Picture& picture, const media::DisplaySpace& space) {
  if (space.is_as_coded()) return picture;
  media::Picture out(shown_format(picture.format()));
  const cv::Mat bgr = space.bgr8(picture);
  for (int p = 0; p < 3; ++p) cv::extractChannel(bgr, out.plane(p), 2 - p);
  return out;
}

double sweep_frames(const media::SourceInfo& plate, std::size_t frames) {
  const double rate = plate.frame_rate ? plate.frame_rate->value() : 25;
  return std::clamp(std::round(kSweepSeconds * rate), 1.0, std::max(1.0, frames / 2.0));
}

}  // namespace

double wipe_position(std::int64_t index, double sweep_frames) {
  const double ways = static_cast<double>(index) / sweep_frames;
  const double way = std::fmod(ways, 2.0);
  return way <= 1 ? way : 2 - way;
}

media::Picture wiped(const media::Picture& plate, const media::Picture& merged, double position,
                     const std::string& label) {
  media::Picture out = merged.clone();
  const cv::Size size(merged.format().width, merged.format().height);
  const int line = static_cast<int>(position * size.width) / kChromaBlock * kChromaBlock;
  for (int p = 0; line > 0 && p < merged.format().plane_count(); ++p) {
    const int left = line >> (merged.format().is_chroma(p) ? merged.format().chroma_shift_x : 0);
    plate.plane(p).colRange(0, left).copyTo(out.plane(p).colRange(0, left));
  }
  Marker marker(size);
  const int margin = marker.margin(), bottom = size.height - margin;
  marker.draw_line(line);
  marker.write("plate", {line - margin - marker.size_of("plate").width, bottom});
  marker.write("result", {line + margin, bottom});
  marker.write(label, {margin, margin + marker.size_of(label).height});
  marker.paint_onto(out);
  return out;
}

WipeWriter::WipeWriter(const fs::path& path, const media::SourceInfo& plate, std::vector<std::int64_t> frames,
                       const std::map<std::string, std::string>& marking, media::DisplaySpace space,
                       int threads, std::function<void(const fs::path&)> before_naming)
    : frames_(std::move(frames)),
      space_(std::move(space)),
      sweep_frames_(sweep_frames(plate, frames_.size())) {
  media::SinkOptions sink;
  sink.codec = "h264";
  sink.before_naming = std::move(before_naming);
  sink.threads = threads;
  sink.metadata = marking;
  sink.frame_rate = plate.frame_rate.value_or(sink.frame_rate);
  sink.copy_streams_from = plate.path;
  media::SourceInfo like = plate;
  if (!space_.is_as_coded()) {
    like.format = shown_format(plate.format);
    like.mastering.reset();
    like.content_light.reset();
  }
  sink.first_frame = frames_.front();
  sink_ = media::open_sink(path, like, sink);
}

void WipeWriter::write(const media::Frame& merged, const media::Picture& plate) {
  const std::int64_t index = std::ranges::lower_bound(frames_, merged.number) - frames_.begin();
  media::Frame frame = merged;
  frame.picture = wiped(shown(plate, space_), shown(merged.picture, space_),
                        wipe_position(index, sweep_frames_), text("frame ", merged.number));
  sink_->write(frame);
}

void WipeWriter::finish() {
  sink_->finish();
}

}  // namespace understudy::stages
