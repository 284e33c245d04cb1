#include "understudy/stages/merge_quality.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <opencv2/core.hpp>

#include "understudy/compose/steadiness.h"

namespace understudy::stages {
namespace {

using Notes = std::vector<FaceNote>;

std::optional<double> jitter(const Notes& notes, std::size_t index) {
  if (index == 0 || index + 1 >= notes.size()) return std::nullopt;
  const FaceNote &last = notes[index - 1], &now = notes[index], &next = notes[index + 1];
  if (!last.moved || !now.moved || !next.moved || next.frame - last.frame != 2) return std::nullopt;
  return compose::jitter_of(*last.moved, *now.moved, *next.moved);
}

/// Over half a second, since a single change says little.
std::optional<double> flicker(const Notes& notes, std::size_t index) {
  constexpr std::int64_t kReach = 6;
  constexpr double kFloor = 0.25 / 255;  // what rounding to 8 bits changes in a plate that does not move
  double result = 0, plate = 0;
  const auto count = [&](const FaceNote& note) {
    if (!note.result_change || std::abs(note.frame - notes[index].frame) > kReach) return;
    result += *note.result_change + kFloor;
    plate += *note.plate_change + kFloor;
  };
  const std::size_t reach = kReach, first = index > reach ? index - reach : 0;
  for (std::size_t i = first; i < std::min(notes.size(), index + reach + 1); ++i) count(notes[i]);
  if (plate == 0) return std::nullopt;
  return result / plate;
}

std::optional<double> seam(const Notes& notes, std::size_t index) {
  return notes[index].seam;
}

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

Json summary(const Notes& notes, const QualityMeasure& measure) {
  double sum = 0, worst = 0;
  std::int64_t count = 0, worst_frame = 0;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const std::optional<double> value = measure.of(notes, i);
    if (!value) continue;
    if (count++ == 0 || *value > worst) {
      worst = *value;
      worst_frame = notes[i].frame;
    }
    sum += *value;
  }
  if (count == 0) return nullptr;
  return {{"mean", rounded(sum / static_cast<double>(count))},
          {"worst", rounded(worst)},
          {"worst_frame", worst_frame}};
}

double mean_change(const cv::Mat& a, const cv::Mat& b, const cv::Mat& inside) {
  cv::Mat change;
  cv::absdiff(a, b, change);
  return cv::mean(change, inside)[0];
}

FaceNote note_of(const FaceTrace& now, const FaceTrace& last, bool follows) {
  FaceNote out;
  out.seam = now.seam;
  if (!follows || now.plate.empty() || last.plate.empty()) return out;
  const cv::Mat inside = now.inside & last.inside;
  if (cv::countNonZero(inside) == 0) return out;
  out.result_change = mean_change(now.result, last.result, inside);
  out.plate_change = mean_change(now.plate, last.plate, inside);
  if (const auto moved = compose::displacement(last.plate, now.plate, inside)) out.moved = *moved * now.pixel;
  return out;
}

}  // namespace

const Table<QualityMeasure>& quality_measures() {
  static const Table<QualityMeasure> table{
      "measure of quality",
      {{"jitter", "how unsteadily the face sits on the plate's, per axis", {jitter, "px"}},
       {"flicker", "how much it changes from frame to frame, beside the plate's", {flicker, ""}},
       {"seam", "the step of colour where it meets the plate", {seam, "Delta E"}}}};
  return table;
}

std::map<std::string, double> quality_limits(const std::vector<std::string>& entries) {
  std::map<std::string, double> out;
  for (const std::string& entry : entries) {
    const std::size_t equals = entry.find('=');
    const std::string name = entry.substr(0, equals),
                      number = equals == std::string::npos ? "" : entry.substr(equals + 1);
    quality_measures().at(name);
    double limit = 0;
    const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), limit);
    if (error != std::errc() || rest != number.data() + number.size() || !(limit >= 0))
      throw Error(ErrorCode::kUsage,
                  text("'", entry, "' is no limit: NAME=NUMBER was expected, the number not below 0"),
                  "for example: --fail-above seam=2.0");
    out[name] = limit;
  }
  return out;
}

void MergeQuality::add(const MergeFrame& frame) {
  for (const MergeFace& face : frame.faces) {
    if (face.trace.plate.empty()) continue;
    Track& track = tracks_[face.track];
    const bool follows = !track.notes.empty() && track.notes.back().frame == frame.number - 1;
    FaceNote note = note_of(face.trace, track.last, follows);
    note.frame = frame.number;
    note.face = face.number;
    track.notes.push_back(note);
    track.last = face.trace;
    for (const auto& [name, row] : face.given.textures) {
      auto& [sum, count] = track.textures[name];
      sum = sum.empty() ? row.clone() : cv::Mat(sum + row);
      ++count;
    }
  }
}

Json MergeQuality::tracks() const {
  Json out = Json::array();
  for (const auto& [name, track] : tracks_) {
    Json json{{"track", name},
              {"frames", track.notes.size()},
              {"first", track.notes.front().frame},
              {"last", track.notes.back().frame}};
    for (const auto& measure : quality_measures()) json[measure.name] = summary(track.notes, measure.value);
    for (const auto& match : compose::texture_matches()) {
      const auto found = track.textures.find(match.name);
      if (found == track.textures.end()) continue;
      for (const auto& [key, value] : match.value.describe(found->second.first / found->second.second))
        json["texture"][match.name][key] = rounded(value);
    }
    out.push_back(json);
  }
  return out;
}

std::vector<MergeFailure> MergeQuality::above(const std::map<std::string, double>& limits) const {
  std::vector<MergeFailure> out;
  for (const auto& [track, kept] : tracks_) {
    for (std::size_t i = 0; i < kept.notes.size(); ++i) {
      for (const auto& [name, limit] : limits) {
        const std::optional<double> value = quality_measures().at(name).of(kept.notes, i);
        if (value && *value > limit)
          out.push_back({text("frame ", kept.notes[i].frame, " face ", kept.notes[i].face),
                         text(name, " ", fixed(*value, 2), " is above ", limit)});
      }
    }
  }
  return out;
}

}  // namespace understudy::stages
