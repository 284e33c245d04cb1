#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <numeric>
#include <set>

#include "understudy/dataset/condition.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/faces_look.h"
#include "understudy/stages/faces_twins.h"

namespace understudy::stages {
namespace {

/// Places in the list of faces, the sharpest first.
std::vector<std::size_t> sharpest_first(const std::vector<ListedFace>& faces) {
  std::vector<std::size_t> out(faces.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::ranges::stable_sort(out, [&](std::size_t a, std::size_t b) {
    return faces[a].record.sharpness.value_or(0) > faces[b].record.sharpness.value_or(0);
  });
  return out;
}

/// Prints what goes, and moves it where that was asked for.
Outcome let_go(const dataset::Dataset& dataset, const std::vector<FaceLine>& lines, std::size_t all,
               const CurateOptions& options, Run& run) {
  std::set<dataset::FaceName> names;
  for (const FaceLine& line : lines) names.insert(dataset::name_of(line.face->record));
  Outcome outcome;
  outcome.result = face_lines(lines, "why", options.json);
  run.report.details["counts"] = {{"kept", all - lines.size()}, {"removed", lines.size()}};
  outcome.summary = text(all - lines.size(), " of ", all, " faces stay");
  if (!options.apply || names.empty()) {
    if (!names.empty()) outcome.summary += "; nothing was moved, --apply does that";
    return outcome;
  }
  outcome.written.push_back(dataset::remove_faces(dataset, names));
  return outcome;
}

std::string like(const ListedFace& other) {
  return text("like ", other.record.source, " ", dataset::face_name(other.record));
}

Outcome let_go(const dataset::Dataset& dataset, const std::vector<ListedFace>& faces,
               const std::map<std::size_t, std::string>& why, const CurateOptions& options, Run& run) {
  std::vector<FaceLine> lines;
  for (const auto& [i, reason] : why) lines.push_back({&faces[i], reason});
  return let_go(dataset, lines, faces.size(), options, run);
}

/// Faces by ten degrees of yaw and of pitch, the sharpest first in each.
std::vector<std::vector<std::size_t>> by_pose(const std::vector<ListedFace>& faces) {
  constexpr double kBinDeg = 10;
  std::map<std::pair<long, long>, std::vector<std::size_t>> bins;
  for (const std::size_t i : sharpest_first(faces)) {
    const face::Pose pose = faces[i].record.pose.value_or(face::Pose());
    bins[{std::lround(pose.yaw_deg / kBinDeg), std::lround(pose.pitch_deg / kBinDeg)}].push_back(i);
  }
  std::vector<std::vector<std::size_t>> out;
  for (auto& [bin, members] : bins) out.push_back(std::move(members));
  return out;
}

}  // namespace

Outcome best_faces(const CurateOptions& options, Run& run) {
  if (options.best < 1)
    throw Error(ErrorCode::kUsage, text(options.best, " faces were asked for"), "choose 1 or more");
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  const std::vector<ListedFace> faces = list_faces(dataset, run.report);
  const auto looks = looks_of(faces, run);
  const auto timer = run.report.step("compare");
  const auto bins = by_pose(faces);
  std::vector<std::size_t> next(bins.size(), 0);
  Twins twins(looks, kNearDuplicate);
  const std::vector<std::size_t>& kept = twins.kept();
  std::map<std::size_t, std::string> why;
  // In each round every pose gives its sharpest face that is left.
  for (bool more = true; more && static_cast<std::int64_t>(kept.size()) < options.best;) {
    more = false;
    for (std::size_t bin = 0; bin < bins.size(); ++bin) {
      bool taken = false;
      while (!taken && next[bin] < bins[bin].size() &&
             static_cast<std::int64_t>(kept.size()) < options.best) {
        const std::size_t i = bins[bin][next[bin]++];
        if (!looks[i]) continue;  // a picture that cannot be read is no best one
        const auto twin = twins.of(i);
        if (twin)
          why[i] = like(faces[*twin]);
        else
          twins.keep(i);
        taken = !twin;
      }
      more = more || taken;
    }
  }
  const std::set<std::size_t> stay(kept.begin(), kept.end());
  for (std::size_t i = 0; i < faces.size(); ++i)
    if (!stay.contains(i)) why.try_emplace(i, looks[i] ? "not among the best" : "unreadable");
  return let_go(dataset, faces, why, options, run);
}

Outcome dedupe_faces(const CurateOptions& options, Run& run) {
  if (!(options.threshold >= 0 && options.threshold <= kMaxDistance))
    throw Error(ErrorCode::kUsage, text("the threshold ", options.threshold, " was asked for"),
                text("choose 0 to ", kMaxDistance));
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  const std::vector<ListedFace> faces = list_faces(dataset, run.report);
  const auto looks = looks_of(faces, run);
  const auto timer = run.report.step("compare");
  Twins twins(looks, options.threshold);
  std::map<std::size_t, std::string> why;
  for (const std::size_t i : sharpest_first(faces)) {
    if (!looks[i]) continue;
    const auto twin = twins.of(i);
    if (twin)
      why[i] = like(faces[*twin]);
    else
      twins.keep(i);
  }
  return let_go(dataset, faces, why, options, run);
}

Outcome filter_faces(const CurateOptions& options, Run& run) {
  const dataset::Condition condition = dataset::Condition::parse(options.where);
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  std::deque<ListedFace> gone;
  std::size_t all = 0;
  each_face(dataset, run.report, {}, [&](ListedFace face) {
    ++all;
    try {
      if (!condition.holds(face.record)) gone.push_back(to_be_kept(std::move(face)));
    } catch (const Error& e) {
      run.report.add_failure(face.picture().string(), e.message());
    }
    return true;
  });
  std::vector<FaceLine> lines;
  for (const ListedFace& face : gone) lines.push_back({&face, "does not fulfil the condition"});
  return let_go(dataset, lines, all, options, run);
}

}  // namespace understudy::stages
