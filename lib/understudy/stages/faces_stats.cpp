#include "understudy/stages/faces_stats.h"

#include "understudy/core/files.h"
#include "understudy/face/coverage.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/faces.h"
#include "understudy/stages/faces_list.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::size_t kMostSentences = 8;

/// Poses and landmarks of the faces that have them.
face::FaceShapes shapes_of(const dataset::Dataset& dataset, Report& report) {
  face::FaceShapes out;
  each_face(dataset, report, {}, [&](const ListedFace& face) {
    const dataset::FaceRecord& record = face.record;
    if (!record.pose || !record.landmarks || !record.aligned_from_frame) return true;
    out.poses.push_back(*record.pose);
    out.landmarks.push_back(face::transform(*record.aligned_from_frame, *record.landmarks));
    return true;
  });
  if (out.poses.empty())
    throw Error(ErrorCode::kInput, text("no face of ", dataset.root().string(), " has pose and landmarks"),
                "run understudy-align on it first");
  return out;
}

std::vector<dataset::Dataset> open_all(const StatsOptions& options, Report& report) {
  const ConsentGate gate(options.consents, report);
  if (options.likeness.empty() != options.performer.empty())
    throw Error(ErrorCode::kUsage, "--likeness and --performer go together");
  if (options.datasets.empty() == options.likeness.empty())
    throw Error(ErrorCode::kUsage, "datasets, or --likeness and --performer, are needed",
                "give the one or the other");
  std::vector<dataset::Dataset> out;
  if (!options.likeness.empty())
    return {gate.open(options.likeness, provenance::Role::kLikeness),
            gate.open(options.performer, provenance::Role::kPerformer)};
  for (const fs::path& root : options.datasets) out.push_back(gate.open(root));
  return out;
}

}  // namespace

Outcome face_stats(const StatsOptions& options, Run& run) {
  const std::vector<dataset::Dataset> datasets = open_all(options, run.report);
  const std::vector<Json> stats = stats_of(datasets, run.report);
  Json all = {{"datasets", stats}};
  std::vector<std::string> missing;
  if (!options.likeness.empty()) {
    Report told_before;
    all["missing"] = face::coverage(shapes_of(datasets[0], told_before), shapes_of(datasets[1], told_before));
    missing = face::coverage_sentences(all["missing"], kMostSentences);
    all["missing_in_words"] = missing;
  }
  Outcome outcome;
  for (const Json& one : stats) outcome.result += stats_text(one);
  for (const std::string& sentence : missing) outcome.result += sentence + "\n";
  run.report.details["stats"] = all;
  if (!options.json_file.empty()) write_json_file(options.json_file, all);
  if (!options.html_file.empty()) write_file(options.html_file, stats_page(stats, missing));
  for (const fs::path& file : {options.json_file, options.html_file})
    if (!file.empty()) outcome.written.push_back(file);
  return outcome;
}

}  // namespace understudy::stages
