#include <algorithm>
#include <iostream>
#include <opencv2/core.hpp>

#include "report.h"
#include "understudy/core/error.h"

/// understudy_face_measure SET CLIPS [MODEL_DIR]: the tables of docs/face-models.md.
int main(int count, char** values) {
  using namespace understudy;
  if (count < 3) {
    std::cerr << "understudy_face_measure SET CLIPS [MODEL_DIR]\n";
    return static_cast<int>(ErrorCode::kUsage);
  }
  try {
    cv::setNumThreads(1);
    const faces::TestSet set(values[1]);
    faces::Settings settings;
    if (count > 3) settings.model_dir = values[3];
    settings.faces = std::min<std::size_t>(set.size(), 500);
    settings.crowds = 60;
    faces::measure_landmarkers(set, settings);
    std::cout << '\n';
    faces::measure_face_network(set, settings);
    std::cout << '\n';
    faces::measure_clips(values[2], settings);
    std::cout << '\n';
    faces::measure_detectors(set, settings);
    return 0;
  } catch (const Error& error) {
    std::cerr << error.message() << '\n' << error.hint() << '\n';
    return static_cast<int>(error.code());
  }
}
