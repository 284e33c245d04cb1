#include <algorithm>
#include <array>
#include <ctime>
#include <iostream>
#include <opencv2/imgcodecs.hpp>

#include "report.h"
#include "understudy/core/text.h"
#include "understudy/vision/detector.h"
#include "understudy/vision/detector/makers.h"
#include "understudy/vision/detector/second_look.h"

namespace understudy::faces {
namespace {

constexpr int kSmallestPx = 16;
constexpr double kFound = 0.4;      // overlap from which a box is the face's
constexpr double kLowScore = 0.05;  // from which detections count for the average precision

struct Range {
  double low, high;
};
constexpr std::array<Range, 5> kSizes = {{{16, 24}, {24, 32}, {32, 48}, {48, 96}, {96, 200}}};
constexpr std::array<Range, 3> kYaws = {{{0, 30}, {30, 60}, {60, 91}}};

struct Found {
  double score;
  bool right;
};

struct Tally {
  std::vector<Found> detections;
  std::vector<std::pair<PlacedFace, bool>> faces;  // found at the sure score or not
  double seconds = 0;
  int pictures = 0;
};

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Which face of the scene that is; the number of its faces for none. Each is found once.
std::size_t face_of(const vision::Detection& detection, const CrowdScene& scene, std::vector<bool>& taken) {
  std::size_t best = scene.faces.size();
  double overlap = kFound;
  for (std::size_t i = 0; i < scene.faces.size(); ++i) {
    const double share = face::intersection_over_union(detection.box, usual_box(scene.faces[i].landmarks));
    if (share > overlap && !taken[i]) std::tie(best, overlap) = std::pair(i, share);
  }
  if (best < taken.size()) taken[best] = true;
  return best;
}

void note(const CrowdScene& scene, const std::vector<vision::Detection>& found, double sure, Tally& tally) {
  std::vector<bool> taken(scene.faces.size()), sure_found(scene.faces.size());
  for (const vision::Detection& detection : found) {
    const std::size_t best = face_of(detection, scene, taken);
    const bool right = best < scene.faces.size();
    if (right && detection.score >= sure) sure_found[best] = true;
    // What is found of a face that nobody asked for counts neither way.
    if (!right || scene.faces[best].side >= kSmallestPx) tally.detections.push_back({detection.score, right});
  }
  for (std::size_t i = 0; i < scene.faces.size(); ++i)
    if (scene.faces[i].side >= kSmallestPx) tally.faces.emplace_back(scene.faces[i], sure_found[i]);
}

/// The area under precision over recall, with precision made to fall (Everingham et al. 2010).
double average_precision(Tally tally) {
  std::ranges::sort(tally.detections, [](const Found& a, const Found& b) { return a.score > b.score; });
  std::vector<double> precision;
  double right = 0, count = 0;
  for (const Found& found : tally.detections) {
    right += found.right;
    precision.push_back(right / ++count);
  }
  double area = 0, highest = 0;
  for (std::size_t i = precision.size(); i-- > 0;) {
    highest = std::max(highest, precision[i]);
    if (tally.detections[i].right) area += highest;
  }
  return area / static_cast<double>(std::max<std::size_t>(1, tally.faces.size()));
}

/// Of faces of which at least the share `least_seen` is seen.
std::string recall(const Tally& tally, Range size, Range yaw, double least_seen = 0) {
  double found = 0, all = 0;
  for (const auto& [face, is_found] : tally.faces) {
    if (face.side < size.low || face.side >= size.high) continue;
    if (std::abs(face.yaw_deg) < yaw.low || std::abs(face.yaw_deg) >= yaw.high) continue;
    if (face.seen < least_seen) continue;
    ++all;
    found += is_found;
  }
  return all > 0 ? text(fixed(100 * found / all, 1), " (", all, ")") : "–";
}

Tally crowd_tally(vision::Detector& detector, const TestSet& set, std::size_t scenes) {
  Tally tally;
  for (std::size_t n = 0; n < scenes; ++n) {
    const CrowdScene scene = set.crowd(n);
    const double start = cpu_seconds();
    const auto found = detector.detect(scene.picture, kLowScore);
    tally.seconds += cpu_seconds() - start;
    ++tally.pictures;
    note(scene, found, detector.sure_score(), tally);
  }
  return tally;
}

double false_per_thousand(vision::Detector& detector, const TestSet& set) {
  double count = 0;
  for (const auto& path : set.backgrounds())
    count += static_cast<double>(detector.detect(cv::imread(path.string()), detector.sure_score()).size());
  return 1000 * count / static_cast<double>(set.backgrounds().size());
}

void list_candidate(vision::FaceNetwork& network, const cv::Mat& picture, const vision::Detection& found,
                    bool is_face) {
  std::cout << fixed(found.score, 4) << ' ' << fixed(look_again(network, picture, found).error, 5) << ' '
            << is_face << '\n';
}

}  // namespace

void list_candidates(const TestSet& set, const Settings& settings) {
  const auto detector = vision::make_first_look({kSmallestPx, settings.model_dir});
  vision::FaceNetwork network(settings.model_dir);
  for (std::size_t n = 0; n < settings.crowds; ++n) {
    const CrowdScene scene = set.crowd(n);
    std::vector<bool> taken(scene.faces.size());
    for (const vision::Detection& found : detector->detect(scene.picture, vision::kWorthALook))
      list_candidate(network, scene.picture, found, face_of(found, scene, taken) < scene.faces.size());
  }
  for (const auto& path : set.backgrounds()) {
    const cv::Mat picture = cv::imread(path.string());
    for (const vision::Detection& found : detector->detect(picture, vision::kWorthALook))
      list_candidate(network, picture, found, false);
  }
}

void measure_detectors(const TestSet& set, const Settings& settings) {
  std::cout << "| detector | AP | false detections in 1000 pictures without a face | CPU ms a picture |";
  for (const Range& size : kSizes)
    std::cout << " recall at " << size.low << " to " << size.high << " px, yaw 0 to 60 |";
  for (const Range& yaw : kYaws)
    std::cout << " recall from 48 px, yaw " << yaw.low << " to " << yaw.high << " |";
  std::cout << " recall from 48 px, yaw 0 to 60, half seen "
               "|\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const auto& entry : vision::detectors()) {
    if (entry.name == "yunet" && settings.model_dir.empty()) continue;
    const auto detector = entry.value({kSmallestPx, settings.model_dir});
    const Tally tally = crowd_tally(*detector, set, settings.crowds);
    std::cout << "| `" << entry.name << "` | " << fixed(average_precision(tally), 3) << " | "
              << fixed(false_per_thousand(*detector, set), 1) << " | "
              << fixed(1000 * tally.seconds / tally.pictures, 1) << " |";
    for (const Range& size : kSizes) std::cout << ' ' << recall(tally, size, {0, 60}) << " |";
    for (const Range& yaw : kYaws) std::cout << ' ' << recall(tally, {48, 1e4}, yaw) << " |";
    std::cout << ' ' << recall(tally, {48, 1e4}, {0, 60}, 0.5) << " |" << std::endl;
  }
}

}  // namespace understudy::faces
