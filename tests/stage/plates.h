#pragma once

#include "stage/merge_sample.h"
#include "understudy/media/sink.h"

namespace understudy::stages {

/// 255 for each sample of `plane` that covers a pixel where `mask` is not 0.
inline cv::Mat touched_samples(const cv::Mat& mask, const media::PictureFormat& format, int plane) {
  if (!format.is_chroma(plane)) return mask.clone();
  cv::Mat out = cv::Mat::zeros(format.plane_size(plane), CV_8UC1);
  for (int y = 0; y < mask.rows; ++y)
    for (int x = 0; x < mask.cols; ++x)
      out.at<std::uint8_t>(y >> format.chroma_shift_y, x >> format.chroma_shift_x) |=
          mask.at<std::uint8_t>(y, x);
  return out;
}

/// Samples that the matte leaves alone are those of the plate; under the matte something has changed, and
/// alpha has nowhere.
inline void expect_plate_outside(const media::Picture& merged, const media::Picture& plate,
                                 const media::Picture& matte) {
  const media::PictureFormat& format = plate.format();
  ASSERT_TRUE(merged.format().same_layout(format))
      << merged.format().describe() << " from " << format.describe();
  const cv::Mat outside = matte.plane(0) == 0;
  ASSERT_GT(cv::countNonZero(outside), 10000);
  ASSERT_LT(cv::countNonZero(outside), static_cast<int>(outside.total()) - 10000);
  for (int p = 0; p < format.plane_count(); ++p) {
    const bool alpha = p == format.color_planes();
    const cv::Mat still =
        alpha ? cv::Mat(outside.size(), CV_8UC1, cv::Scalar(255)) : touched_samples(outside, format, p);
    EXPECT_EQ(cv::norm(merged.plane(p), plate.plane(p), cv::NORM_INF, still), 0) << "plane " << p;
    const bool changed = cv::norm(merged.plane(p), plate.plane(p), cv::NORM_INF) > 0;
    EXPECT_EQ(changed, !alpha) << "plane " << p;
  }
}

/// Writes the first frames of bruno.mp4 in another form: `make` turns each picture into the new one.
template <class Make>
void write_plate(const fs::path& path, int count, media::SinkOptions options, Make make) {
  const auto source = media::open_source(Sample::plate(), 2);
  media::SourceInfo info = source->info();
  info.frames.resize(static_cast<std::size_t>(count));
  std::unique_ptr<media::FrameSink> sink;
  for (int i = 0; i < count; ++i) {
    media::Frame frame = *source->next();
    frame.picture = make(frame.picture);
    info.format = frame.picture.format();
    if (!sink) sink = media::open_sink(path, info, options);
    sink->write(frame);
  }
  sink->finish();
}

/// What merging a sample's plate gives.
struct MergedPlate {
  std::vector<media::Frame> merged, plate, mattes;
};

inline MergedPlate merge_plate(const Sample& sample, const fs::path& plate, const MergeOptions& options,
                               int count) {
  QuietRun quiet;
  merge(options, quiet.run);
  const auto frames = static_cast<std::size_t>(count);
  return {read_frames(options.output, frames), read_frames(plate, frames),
          read_frames(sample.folder() / "matte.mkv", frames)};
}

}  // namespace understudy::stages
