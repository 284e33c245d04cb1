#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/core/mat.hpp>
#include <string>

#include "understudy/core/files.h"
#include "understudy/core/json.h"
#include "understudy/face/geometry.h"

namespace understudy::vision {

/// A binary PPM of tests/data/stills as CV_8UC3, B, G, R.
inline cv::Mat read_still(const std::string& name) {
  std::ifstream file(std::filesystem::path(TEST_DATA) / "stills" / (name + ".ppm"), std::ios::binary);
  std::string magic;
  int width = 0, height = 0, white = 0;
  file >> magic >> width >> height >> white;
  file.get();
  cv::Mat picture(height, width, CV_8UC3);
  file.read(reinterpret_cast<char*>(picture.data), static_cast<std::streamsize>(picture.total() * 3));
  for (auto p = picture.begin<cv::Vec3b>(); p != picture.end<cv::Vec3b>(); ++p) std::swap((*p)[0], (*p)[2]);
  return picture;
}

/// The exact landmarks of a still: those of the clip's frame at half size.
inline face::Landmarks still_truth(const std::string& clip, int frame) {
  std::ifstream file(std::filesystem::path(TEST_DATA) / "cast" / (clip + ".truth.jsonl"));
  std::string line;
  for (int i = 0; i <= frame; ++i) std::getline(file, line);
  const Json points = parse_json(line, clip)["landmarks68"];
  face::Landmarks out;
  for (int i = 0; i < face::kLandmarkCount; ++i)
    out[i] = {(points[i][0].get<float>() - 0.5f) / 2, (points[i][1].get<float>() - 0.5f) / 2};
  return out;
}

/// Where third-party models are; empty when there are none.
inline std::filesystem::path model_dir() {
  const char* named = std::getenv("UNDERSTUDY_MODEL_DIR");
  const std::filesystem::path folder =
      named ? named : std::filesystem::path(PROJECT_ROOT) / "../shared/models";
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

}  // namespace understudy::vision
