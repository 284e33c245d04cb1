#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "understudy/face/geometry.h"
#include "understudy/media/source.h"

namespace understudy::bench {

/// A folder of this process in the system's temporary folder; removed at the end.
const std::filesystem::path& scratch();

/// A video on disk, and all of its frames.
struct Clip {
  std::string name;
  std::filesystem::path path;
  media::SourceInfo info;
  std::vector<media::Frame> frames;
  face::Landmarks landmarks;  ///< of the one face in the first frame, from the renderer
};

/// The bundled performer and likeness, 60 frames of 480 x 480.
const Clip& performer_clip();
const Clip& likeness_clip();
/// The performer enlarged to 1920 x 1080, with grain, 24 frames of H.264; made when it is first asked for.
const Clip& hd_clip();

/// The landmarks that the renderer knows, of each frame of a bundled clip.
std::vector<face::Landmarks> true_landmarks(const std::string& person);

/// The aligned crop (family `whole`) of the clip's first face, CV_8UC3, and the outline of its landmarks,
/// CV_8UC1.
struct Aligned {
  cv::Mat picture, mask;
};
Aligned aligned(const Clip& clip, int side);

/// CV_8U as CV_32F, 0 to 1.
cv::Mat as_float(const cv::Mat& picture);

/// Where model files of others lie: the environment variable UNDERSTUDY_MODEL_DIR; may be empty.
std::filesystem::path model_dir();

}  // namespace understudy::bench
