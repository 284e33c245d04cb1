#include "understudy/stages/align.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/dataset/dataset.h"
#include "understudy/stages/align_source.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/contact_sheet.h"
#include "understudy/vision/workers.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

void check_options(const AlignOptions& options) {
  face::crop_families().at(options.crop);
  vision::landmarkers().at(options.landmarker);
  if (options.size < face::kMinCropSize || options.size > face::kMaxCropSize)
    throw Error(ErrorCode::kUsage, text("crops of ", options.size, " pixels were asked for"),
                text("choose ", face::kMinCropSize, " to ", face::kMaxCropSize));
  if (!(options.smooth_frames >= 0 && options.smooth_frames <= kMaxSmoothFrames))
    throw Error(ErrorCode::kUsage, text("smoothing over ", options.smooth_frames, " frames was asked for"),
                text("choose 0 to ", kMaxSmoothFrames));
}

class Alignment {
 public:
  Alignment(const AlignOptions& options, Run& run)
      : options_(options), run_(run), threads_(effective_threads(options.common.threads)) {}

  /// False when told to stop.
  bool work(const dataset::Dataset& dataset) {
    std::int64_t frames = 0;
    for (const std::string& id : dataset.sources()) {
      SourceAlignment source(options_, dataset, id, run_);
      if (source.frames().empty()) continue;
      frames += static_cast<std::int64_t>(source.frames().size());
      if (!work_on(source, id)) return false;
    }
    if (frames == 0)
      throw Error(ErrorCode::kInput, text("nothing was extracted into the dataset ", dataset.root().string()),
                  "run understudy-extract first");
    return true;
  }

  const AlignCounts& counts() const { return counts_; }
  const Json& tracks() const { return tracks_; }

 private:
  bool work_on(SourceAlignment& source, const std::string& id) {
    const dataset::PendingWork pending = source.pending();
    std::size_t frames = 0;
    for (const auto& group : pending.groups) frames += group.size();
    if (options_.common.dry_run || pending.done_before > 0)
      log_info(text(id, ": ", frames, " frames to align, ", pending.done_before, " done before"));
    if (options_.common.dry_run) return true;
    for (const auto& failure : pending.old_failures)
      run_.report.add_failure(text(id, " frame ", failure.frame), failure.why);
    if (frames > 0 && landmarkers_.empty()) {
      const vision::LandmarkerOptions wanted{options_.model_dir};
      landmarkers_ = vision::make_twins(vision::landmarkers().at(options_.landmarker)(wanted), threads_);
    }
    run_.progress.start(text("align ", id), static_cast<std::int64_t>(frames));
    const bool finished = std::ranges::all_of(
        pending.groups, [&](const auto& group) { return source.work(group, landmarkers_, counts_); });
    for (Json& track : source.steadiness()) tracks_.push_back(std::move(track));
    if (finished) run_.progress.finish();
    return finished;
  }

  const AlignOptions& options_;
  Run& run_;
  int threads_;
  std::vector<std::unique_ptr<vision::Landmarker>> landmarkers_;
  AlignCounts counts_;
  Json tracks_ = Json::array();
};

}  // namespace

Outcome align(const AlignOptions& options, Run& run) {
  check_options(options);
  const ConsentGate gate(options.consents, run.report);
  std::vector<dataset::Dataset> datasets;
  for (const fs::path& root : options.datasets) datasets.push_back(gate.open(root));
  Outcome outcome;
  Alignment alignment(options, run);
  for (const dataset::Dataset& dataset : datasets) {
    outcome.stopped = !alignment.work(dataset);
    if (outcome.stopped) break;
    if (!options.common.dry_run) outcome.written.push_back(dataset.root());
  }
  if (options.common.dry_run) return outcome;
  const AlignCounts& done = alignment.counts();
  run.report.details["counts"] = {{"frames", done.frames}, {"faces", done.faces}};
  run.report.details["tracks"] = alignment.tracks();
  if (!options.sheet.empty() && !outcome.stopped) write_contact_sheet(options.datasets, options.sheet);
  outcome.summary = text("aligned ", done.faces, " faces of ", done.frames, " frames");
  return outcome;
}

}  // namespace understudy::stages
