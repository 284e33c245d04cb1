#include "understudy/model/coverage.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr double kNearDeg = 7.5, kBinDeg = 10;
constexpr double kWorthAWord = 0.02;  // of the performer's faces

torch::Tensor from_median_pitch(const torch::Tensor& poses) {
  torch::Tensor out = poses.clone();
  out.select(1, 1).sub_(poses.select(1, 1).median());
  return out;
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

Json pose_gaps(const torch::Tensor& likeness, const torch::Tensor& performer) {
  const torch::Tensor nearest = std::get<0>(at::cdist(performer, likeness).min(1)).contiguous();
  std::map<std::pair<long, long>, std::int64_t> bins;
  const auto pose = performer.accessor<float, 2>();
  std::int64_t missing = 0;
  for (std::int64_t i = 0; i < performer.size(0); ++i) {
    if (nearest[i].item<double>() <= kNearDeg) continue;
    ++missing;
    ++bins[{std::lround(pose[i][0] / kBinDeg), std::lround(pose[i][1] / kBinDeg)}];
  }
  std::vector<std::pair<std::int64_t, std::pair<long, long>>> sorted;
  for (const auto& [bin, faces] : bins) sorted.push_back({faces, bin});
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a > b; });
  Json list = Json::array();
  for (const auto& [faces, bin] : sorted)
    list.push_back({{"yaw_deg", bin.first * kBinDeg}, {"pitch_deg", bin.second * kBinDeg}, {"faces", faces}});
  return {{"missing_share", rounded(static_cast<double>(missing) / static_cast<double>(performer.size(0)))},
          {"missing", std::move(list)}};
}

/// N: mean distance of the pairs of points, in distances between the outer corners of the eyes.
torch::Tensor opening(const torch::Tensor& landmarks, std::initializer_list<std::pair<int, int>> pairs) {
  const auto distance = [&](int a, int b) {
    return (landmarks.select(1, a) - landmarks.select(1, b)).norm(2, 1);
  };
  torch::Tensor sum = at::zeros({landmarks.size(0)}, landmarks.options());
  for (const auto& [a, b] : pairs) sum = sum + distance(a, b);
  return sum / (static_cast<double>(pairs.size()) * distance(36, 45).clamp_min(1e-6));
}

Json expression_gap(const torch::Tensor& likeness, const torch::Tensor& performer) {
  const auto at = [](const torch::Tensor& sorted, double part) {
    return sorted[std::llround(part * static_cast<double>(sorted.size(0) - 1))].item<double>();
  };
  const torch::Tensor sorted = std::get<0>(performer.sort());
  const double low = likeness.min().item<double>(), high = likeness.max().item<double>();
  const double performer_low = at(sorted, 0.02), performer_high = at(sorted, 0.98);
  const double outside = ((performer < low) | (performer > high)).to(torch::kFloat32).mean().item<double>();
  return {{"likeness", {rounded(low), rounded(high)}},
          {"performer", {rounded(performer_low), rounded(performer_high)}},
          {"missing_share", rounded(outside)}};
}

}  // namespace

Json coverage(const FaceShapes& likeness, const FaceShapes& performer) {
  const at::NoGradGuard no_gradients;
  Json out = {{"pose", pose_gaps(from_median_pitch(likeness.poses), from_median_pitch(performer.poses))}};
  if (!likeness.landmarks.defined() || !performer.landmarks.defined()) return out;
  const auto compare = [&](std::initializer_list<std::pair<int, int>> pairs) {
    return expression_gap(opening(likeness.landmarks, pairs), opening(performer.landmarks, pairs));
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

}  // namespace understudy::model
