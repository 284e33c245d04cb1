#include "understudy/face/coverage.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "understudy/core/text.h"

namespace understudy::face {
namespace {

constexpr double kNearDeg = 7.5, kBinDeg = 10;
constexpr double kWorthAWord = 0.02;  // of the performer's faces

std::vector<Pose> from_median_pitch(std::vector<Pose> poses) {
  std::vector<double> pitches;
  for (const Pose& pose : poses) pitches.push_back(pose.pitch_deg);
  const auto middle = pitches.begin() + static_cast<std::ptrdiff_t>((pitches.size() - 1) / 2);
  std::ranges::nth_element(pitches, middle);
  for (Pose& pose : poses) pose.pitch_deg -= *middle;
  return poses;
}

bool is_near_any(const Pose& pose, const std::vector<Pose>& others) {
  return std::ranges::any_of(others, [&](const Pose& other) {
    return std::hypot(pose.yaw_deg - other.yaw_deg, pose.pitch_deg - other.pitch_deg) <= kNearDeg;
  });
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

Json pose_gaps(const std::vector<Pose>& likeness, const std::vector<Pose>& performer) {
  std::map<std::pair<long, long>, std::int64_t> bins;
  std::int64_t missing = 0;
  for (const Pose& pose : performer) {
    if (is_near_any(pose, likeness)) continue;
    ++missing;
    ++bins[{std::lround(pose.yaw_deg / kBinDeg), std::lround(pose.pitch_deg / kBinDeg)}];
  }
  std::vector<std::pair<std::int64_t, std::pair<long, long>>> sorted;
  for (const auto& [bin, faces] : bins) sorted.push_back({faces, bin});
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a > b; });
  Json list = Json::array();
  for (const auto& [faces, bin] : sorted)
    list.push_back({{"yaw_deg", bin.first * kBinDeg}, {"pitch_deg", bin.second * kBinDeg}, {"faces", faces}});
  return {{"missing_share", rounded(static_cast<double>(missing) / static_cast<double>(performer.size()))},
          {"missing", std::move(list)}};
}

using Pairs = std::initializer_list<std::pair<std::size_t, std::size_t>>;

/// Of each face: the mean distance of the pairs of points, in distances between the outer corners of the
/// eyes.
std::vector<double> openings(const std::vector<Landmarks>& faces, Pairs pairs) {
  std::vector<double> out;
  for (const Landmarks& face : faces) {
    double sum = 0;
    for (const auto& [a, b] : pairs) sum += cv::norm(face[a] - face[b]);
    const double eyes = std::max(cv::norm(face[36] - face[45]), 1e-6);
    out.push_back(sum / (static_cast<double>(pairs.size()) * eyes));
  }
  std::ranges::sort(out);
  return out;
}

/// Of sorted values.
Json expression_gap(const std::vector<double>& likeness, const std::vector<double>& performer) {
  const auto at = [&](double part) {
    return performer[static_cast<std::size_t>(
        std::llround(part * static_cast<double>(performer.size() - 1)))];
  };
  const double low = likeness.front(), high = likeness.back();
  const auto outside = std::ranges::count_if(performer, [&](double v) { return v < low || v > high; });
  return {{"likeness", {rounded(low), rounded(high)}},
          {"performer", {rounded(at(0.02)), rounded(at(0.98))}},
          {"missing_share", rounded(static_cast<double>(outside) / static_cast<double>(performer.size()))}};
}

}  // namespace

Json coverage(const FaceShapes& likeness, const FaceShapes& performer) {
  Json out = {{"pose", pose_gaps(from_median_pitch(likeness.poses), from_median_pitch(performer.poses))}};
  if (likeness.landmarks.empty() || performer.landmarks.empty()) return out;
  const auto compare = [&](Pairs pairs) {
    return expression_gap(openings(likeness.landmarks, pairs), openings(performer.landmarks, pairs));
  };
  out["expression"] = {{"mouth_open", compare({{61, 67}, {62, 66}, {63, 65}})},
                       {"mouth_wide", compare({{48, 54}})},
                       {"eyes_open", compare({{37, 41}, {38, 40}, {43, 47}, {44, 46}})}};
  return out;
}

std::vector<std::string> coverage_sentences(const Json& coverage, std::size_t most) {
  std::vector<std::pair<double, std::string>> found;
  const Json& pose = coverage["pose"];
  if (const double share = pose["missing_share"]; share >= kWorthAWord) {
    const Json& worst = pose["missing"].front();
    found.push_back({share, text("the likeness has no face near ", fixed(share * 100, 0),
                                 " % of the performer's poses, most of all near yaw ",
                                 fixed(worst["yaw_deg"].get<double>(), 0), ", pitch ",
                                 fixed(worst["pitch_deg"].get<double>(), 0), " degrees")});
  }
  const Json expressions = coverage.value("expression", Json::object());
  for (const auto& [name, gap] : expressions.items()) {
    const double share = gap["missing_share"];
    if (share < kWorthAWord) continue;
    std::string words = name;
    std::ranges::replace(words, '_', ' ');
    found.push_back({share, text(words, ": ", fixed(share * 100, 0),
                                 " % of the performer's faces lie outside of what the likeness shows (",
                                 json_text(gap["performer"]), " against ", json_text(gap["likeness"]),
                                 " distances of the eyes)")});
  }
  std::ranges::sort(found, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(most, found.size()); ++i) out.push_back(found[i].second);
  return out;
}

}  // namespace understudy::face
