#include <algorithm>
#include <functional>
#include <iostream>
#include <opencv2/core.hpp>
#include <string>
#include <utility>

#include "report.h"
#include "understudy/core/error.h"

/// understudy_face_measure SET CLIPS [MODEL_DIR] [TABLE]: the tables of docs/face-models.md.
int main(int count, char** values) {
  using namespace understudy;
  if (count < 3) {
    std::cerr << "understudy_face_measure SET CLIPS [MODEL_DIR "
                 "[landmarkers|network|clips|detectors|embedders|candidates]]\n";
    return static_cast<int>(ErrorCode::kUsage);
  }
  try {
    cv::setNumThreads(1);
    const faces::TestSet set(values[1]);
    faces::Settings settings;
    if (count > 3) settings.model_dir = values[3];
    settings.faces = std::min<std::size_t>(set.size(), 500);
    settings.crowds = 400;
    const std::string clips = values[2], only = count > 4 ? values[4] : "";
    const std::pair<const char*, std::function<void()>> tables[] = {
        {"landmarkers", [&] { faces::measure_landmarkers(set, settings); }},
        {"network", [&] { faces::measure_face_network(set, settings); }},
        {"clips", [&] { faces::measure_clips(clips, settings); }},
        {"detectors", [&] { faces::measure_detectors(set, settings); }},
        {"embedders", [&] { faces::measure_embedders(set, clips, settings); }}};
    if (only == "candidates") {
      faces::list_candidates(set, settings);
      return 0;
    }
    for (const auto& [name, measure] : tables) {
      if (!only.empty() && only != name) continue;
      measure();
      std::cout << '\n';
    }
    return 0;
  } catch (const Error& error) {
    std::cerr << error.message() << '\n' << error.hint() << '\n';
    return static_cast<int>(error.code());
  }
}
