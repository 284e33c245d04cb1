#include "understudy/stages/merge_output.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <opencv2/core.hpp>

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

media::PictureFormat matte_format(int width, int height) {
  media::PictureFormat format;
  format.width = width;
  format.height = height;
  format.model = media::PictureFormat::Model::kGray;
  format.range_tagged = true;
  return format;
}

std::string extension_of(const fs::path& path) {
  std::string out = path.extension().string();
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

}  // namespace

std::string codec_for(const fs::path& output, const std::string& asked) {
  if (!asked.empty()) {
    media::codecs().at(asked);
    return asked;
  }
  const std::string extension = extension_of(output);
  if (extension.empty()) return "png";
  for (const auto& codec : media::codecs())
    if (std::find(codec.value.extensions.begin(), codec.value.extensions.end(), extension) !=
        codec.value.extensions.end())
      return codec.name;
  throw Error(ErrorCode::kUsage, text("no codec is known for '", extension, "' files: ", output.string()),
              text("name the output .mp4, .mov, .mkv or a folder, or choose with --codec: ",
                   joined(media::codecs().names())));
}

std::unique_ptr<media::FrameSink> open_output(const MergeOptions& options, const media::SourceInfo& plate,
                                              const std::map<std::string, std::string>& marking,
                                              std::int64_t first_frame, int threads,
                                              std::function<void(const fs::path&)> before_naming) {
  media::SinkOptions sink;
  sink.codec = codec_for(options.output, options.codec);
  sink.quality = options.quality;
  sink.preset = options.preset;
  sink.threads = threads;
  sink.metadata = marking;
  sink.frame_rate = plate.frame_rate.value_or(sink.frame_rate);
  sink.copy_streams_from = plate.path;
  sink.first_frame = first_frame;
  sink.before_naming = std::move(before_naming);
  return media::open_sink(options.output, plate, sink);
}

std::unique_ptr<media::FrameSink> open_matte(const fs::path& path, const media::SourceInfo& plate,
                                             std::int64_t first_frame, int threads) {
  const std::string extension = extension_of(path);
  if (!extension.empty() && extension != ".mkv")
    throw Error(ErrorCode::kUsage, text("--matte ", path.string(), " is neither a folder nor an .mkv file"),
                "give a folder for one PNG a frame, or a file that ends in .mkv");
  media::SourceInfo like = plate;
  like.format = matte_format(plate.format.width, plate.format.height);
  like.mastering.reset();
  like.content_light.reset();
  media::SinkOptions sink;
  sink.codec = extension.empty() ? "png" : "ffv1";
  sink.threads = threads;
  sink.first_frame = first_frame;
  sink.frame_rate = plate.frame_rate.value_or(sink.frame_rate);
  return media::open_sink(path, like, sink);
}

media::Picture matte_picture(const cv::Mat& matte) {
  media::Picture out(matte_format(matte.cols, matte.rows));
  for (int y = 0; y < matte.rows; ++y) {
    const auto* from = matte.ptr<float>(y);
    auto* to = out.plane(0).ptr<std::uint8_t>(y);
    // At least 1 where anything was changed.
    for (int x = 0; x < matte.cols; ++x)
      to[x] = from[x] > 0 ? static_cast<std::uint8_t>(std::clamp(std::lrint(from[x] * 255), 1L, 255L))
                          : std::uint8_t{0};
  }
  return out;
}

}  // namespace understudy::stages
