#include "bench/samples.h"

#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "understudy/core/files.h"
#include "understudy/core/json.h"
#include "understudy/face/crop.h"
#include "understudy/face/mask.h"
#include "understudy/media/sink.h"
#include "understudy/vision/warp.h"

namespace fs = std::filesystem;

namespace understudy::bench {
namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / temporary_name("understudy-bench");
  Folder() { make_folder(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

Clip load_clip(const std::string& name, const fs::path& path, const face::Landmarks& landmarks) {
  const auto source = media::open_source(path, 1);
  Clip clip{name, path, source->info(), {}, landmarks};
  while (auto frame = source->next()) clip.frames.push_back(std::move(*frame));
  return clip;
}

Clip bundled_clip(const std::string& person) {
  return load_clip("480p", fs::path(TEST_DATA) / "cast" / (person + ".mp4"), true_landmarks(person).front());
}

constexpr int kHdWidth = 1920, kHdHeight = 1080, kHdFrames = 24;
constexpr double kGrain = 3;  // codes

/// `bgr8` (square) in the middle of a wide frame whose sides mirror it, with grain.
cv::Mat widened(const cv::Mat& bgr8, int number) {
  cv::Mat square, wide, grain(kHdHeight, kHdWidth, CV_32FC3);
  cv::resize(bgr8, square, {kHdHeight, kHdHeight}, 0, 0, cv::INTER_CUBIC);
  const int side = (kHdWidth - kHdHeight) / 2;
  cv::copyMakeBorder(square, wide, 0, 0, side, side, cv::BORDER_REFLECT);
  cv::RNG random(static_cast<std::uint64_t>(number) + 1);
  random.fill(grain, cv::RNG::NORMAL, 0, kGrain);
  wide.convertTo(wide, CV_32F);
  return (wide + grain) / 255;
}

Clip make_hd_clip() {
  const Clip& small = performer_clip();
  media::SourceInfo like = small.info;
  like.format.width = kHdWidth;
  like.format.height = kHdHeight;
  const fs::path path = scratch() / "hd.mp4";
  media::SinkOptions options;
  options.preset = "veryfast";
  options.threads = 1;
  const auto sink = media::open_sink(path, like, options);
  const cv::Mat everywhere = cv::Mat::ones(kHdHeight, kHdWidth, CV_32FC1);
  for (int i = 0; i < kHdFrames; ++i) {
    media::Frame frame = small.frames[static_cast<std::size_t>(i)];
    const cv::Mat picture = widened(frame.picture.bgr8(), i);
    frame.picture = media::Picture(like.format);
    frame.picture.blend_bgr({0, 0, kHdWidth, kHdHeight}, picture, everywhere);
    sink->write(frame);
  }
  sink->finish();
  const double scale = static_cast<double>(kHdHeight) / small.info.format.height;
  const face::Affine hd_from_small(scale, 0, (scale - 1) / 2 + (kHdWidth - kHdHeight) / 2, 0, scale,
                                   (scale - 1) / 2);
  return load_clip("1080p", path, face::transform(hd_from_small, small.landmarks));
}

}  // namespace

const fs::path& scratch() {
  static const Folder folder;
  return folder.path;
}

const Clip& performer_clip() {
  static const Clip clip = bundled_clip("bruno");
  return clip;
}

const Clip& likeness_clip() {
  static const Clip clip = bundled_clip("ada");
  return clip;
}

const Clip& hd_clip() {
  static const Clip clip = make_hd_clip();
  return clip;
}

std::vector<face::Landmarks> true_landmarks(const std::string& person) {
  const fs::path path = fs::path(TEST_DATA) / "cast" / (person + ".truth.jsonl");
  std::istringstream lines(read_file(path));
  std::vector<face::Landmarks> out;
  for (std::string line; std::getline(lines, line);) {
    const Json points = parse_json(line, path.string()).at("landmarks68");
    face::Landmarks landmarks;
    for (std::size_t i = 0; i < landmarks.size(); ++i)
      landmarks[i] = {points.at(i).at(0).get<float>(), points.at(i).at(1).get<float>()};
    out.push_back(landmarks);
  }
  return out;
}

Aligned aligned(const Clip& clip, int side) {
  const face::Affine map = face::aligned_from_frame(clip.landmarks, face::crop_families().at("whole"), side);
  return {vision::warp(clip.frames.front().picture.bgr8(), map, {side, side}),
          face::hull_mask(face::transform(map, clip.landmarks), {side, side})};
}

cv::Mat as_float(const cv::Mat& picture) {
  cv::Mat out;
  picture.convertTo(out, CV_32F, 1 / 255.0);
  return out;
}

fs::path model_dir() {
  const char* folder = std::getenv("UNDERSTUDY_MODEL_DIR");
  return folder == nullptr ? fs::path() : fs::path(folder);
}

}  // namespace understudy::bench
