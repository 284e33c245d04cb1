#include "understudy/stages/watermark.h"

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/media/color_scale.h"

namespace understudy::stages {
namespace {

/// At most `most` of the numbers, spread evenly.
std::vector<std::int64_t> spread(const std::vector<std::int64_t>& all, int most) {
  const auto wanted = std::min(all.size(), static_cast<std::size_t>(most));
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < wanted; ++i) out.push_back(all[i * all.size() / wanted]);
  return out;
}

/// At most `most` frames, the first ones from each of the keys, or of as many of them.
std::vector<std::int64_t> near_keys(const media::SourceInfo& info, int most) {
  const std::vector<std::int64_t> keys = spread(info.keys, most);
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto frame = std::ranges::lower_bound(info.frames, keys[i]);
    const auto each = static_cast<std::size_t>(most) / keys.size();
    for (std::size_t n = 0; n < each && frame != info.frames.end(); ++n, ++frame)
      if (i + 1 == keys.size() || *frame < keys[i + 1]) out.push_back(*frame);
  }
  return out;
}

void select_some(media::FrameSource& source, const RecoverOptions& options) {
  const media::SourceInfo& info = source.info();
  source.select(options.near_keys && !info.keys.empty() ? near_keys(info, options.most_frames)
                                                        : spread(info.frames, options.most_frames));
}

cv::Size size_of(const media::FrameSource& source) {
  return {source.info().format.width, source.info().format.height};
}

/// The next frame that can be decoded.
std::optional<media::Frame> next_good(media::FrameSource& source) {
  for (;;) try {
      return source.next();
    } catch (const media::BadFrame&) {
    }
}

}  // namespace

provenance::MarkedPlanes marked_planes(const media::Picture& picture) {
  const media::PictureFormat& format = picture.format();
  const media::ColorScale scale = media::color_scale(format);
  provenance::MarkedPlanes out;
  out.codes.black = scale.y_offset;
  out.codes.white = scale.y_offset + 1 / scale.y_scale;
  out.codes.least = scale.y_min;
  out.codes.most = scale.y_max;
  const int planes = format.model == media::PictureFormat::Model::kRgb ? 3 : 1;
  for (int i = 0; i < planes; ++i) out.planes.push_back(picture.plane(i));
  if (planes == 3) out.weights = {scale.kr, scale.kg, scale.kb};
  return out;
}

std::optional<provenance::WatermarkFinding> recover_watermark(const std::filesystem::path& path,
                                                              const RecoverOptions& options) {
  return recover_watermark(*media::open_source(path, options.threads), options);
}

std::optional<provenance::WatermarkFinding> recover_watermark(media::FrameSource& source,
                                                              const RecoverOptions& options) {
  select_some(source, options);
  provenance::WatermarkReader reader(size_of(source));
  // Reading what was added up costs more than a frame, so that it is tried less and less often.
  for (int next_try = 4;;) {
    const std::optional<media::Frame> frame = next_good(source);
    if (frame) reader.add(marked_planes(frame->picture));
    if (frame && reader.frames() < next_try) continue;
    if (auto finding = reader.read()) return finding;
    if (!frame) {
      const auto found = options.search ? reader.search() : std::vector<provenance::WatermarkFinding>();
      return found.empty() ? std::nullopt : std::optional(found.front());
    }
    next_try *= 2;
  }
}

std::vector<provenance::WatermarkFinding> recover_watermarks(const std::filesystem::path& path,
                                                             const RecoverOptions& options) {
  const auto source = media::open_source(path, options.threads);
  select_some(*source, options);
  provenance::WatermarkReader reader(size_of(*source));
  while (const std::optional<media::Frame> frame = next_good(*source))
    reader.add(marked_planes(frame->picture));
  std::vector<provenance::WatermarkFinding> out;
  if (options.search) out = reader.search();
  const auto straight = reader.read();
  if (straight && std::ranges::find(out, straight->id, &provenance::WatermarkFinding::id) == out.end())
    out.insert(out.begin(), *straight);
  return out;
}

}  // namespace understudy::stages
