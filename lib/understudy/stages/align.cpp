#include "understudy/stages/align.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/dataset/dataset.h"
#include "understudy/stages/align_source.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/contact_sheet.h"
#include "understudy/stages/memory_need.h"
#include "understudy/vision/workers.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

void check_options(const AlignOptions& options) {
  face::crop_families().at(options.crop);
  vision::landmarkers().at(options.landmarker);
  vision::embedders().at(options.embedder);
  vision::maskers().at(options.mask);
  if (options.same_person && !(*options.same_person >= -1 && *options.same_person <= 1))
    throw Error(ErrorCode::kUsage, text("a likeness of ", *options.same_person, " was asked for"),
                "choose -1 to 1");
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
      : options_(options),
        run_(run),
        threads_(static_cast<int>(fit_memory(align_memory(effective_threads(options.common.threads)),
                                             options.common.memory, run.report))),
        chunk_check_(options.common.frames),
        embedder_(vision::embedders().at(options.embedder)({options.model_dir})),
        rule_{embedder_->name(), options.same_person.value_or(embedder_->same_person())} {}

  /// False when told to stop.
  bool work(const dataset::Dataset& dataset) {
    std::vector<std::unique_ptr<SourceAlignment>> sources;
    for (const std::string& id : dataset.sources()) {
      auto source = std::make_unique<SourceAlignment>(options_, dataset, id, run_);
      if (!source->frames().empty()) sources.push_back(std::move(source));
    }
    for (const auto& source : sources) chunk_check_.add(source->frames());
    if (sources.empty())
      throw Error(ErrorCode::kInput, text("nothing was extracted into the dataset ", dataset.root().string()),
                  "run understudy-extract first");
    PeopleOfTracks people(dataset, rule_, options_.common.replace);
    for (const auto& source : sources) source->set_people(people, rule_);
    if (!options_.common.dry_run && !find_people(dataset, sources, people)) return false;
    for (const auto& source : sources)
      if (!work_on(*source)) return false;
    return true;
  }

  const ChunkCheck& chunk_check() const { return chunk_check_; }
  const Json& people() const { return people_; }
  const AlignCounts& counts() const { return counts_; }
  const Json& tracks() const { return tracks_; }

 private:
  bool work_on(SourceAlignment& source) {
    const std::string& id = source.id();
    const dataset::PendingWork pending = source.pending();
    std::size_t frames = 0;
    for (const auto& group : pending.groups) frames += group.size();
    if (options_.common.dry_run || pending.done_before > 0)
      log_info(text(id, ": ", frames, " frames to align, ", pending.done_before, " done before"));
    if (options_.common.dry_run) return true;
    for (const auto& failure : pending.old_failures)
      run_.report.add_failure(text(id, " frame ", failure.frame), failure.why);
    if (frames > 0) prepare_workers();
    run_.progress.start(text("align ", id), static_cast<std::int64_t>(frames));
    const bool finished = std::ranges::all_of(
        pending.groups, [&](const auto& group) { return source.work(group, workers_, counts_); });
    for (Json& track : source.steadiness()) tracks_.push_back(std::move(track));
    if (finished) run_.progress.finish();
    return finished;
  }

  /// False when told to stop: nothing is decided then.
  bool find_people(const dataset::Dataset& dataset,
                   const std::vector<std::unique_ptr<SourceAlignment>>& sources, PeopleOfTracks& people) {
    std::set<std::string> ids;
    std::vector<TrackToKnow> all;
    std::vector<face::Identity> identities;
    for (const auto& source : sources) {
      ids.insert(source->id());
      const std::vector<TrackToKnow> tracks = source->tracks();
      if (const auto unknown = people.unknown(tracks); !unknown.empty()) {
        prepare_workers();
        std::ranges::move(source->identities(unknown, workers_), std::back_inserter(identities));
        if (run_.cancel.stop_requested()) return false;
      }
      all.insert(all.end(), tracks.begin(), tracks.end());
    }
    people.decide(ids, all, std::move(identities));
    Json found = people_json(all, people);
    log_info(text(dataset.root().string(), ": ", found["people"].size(), " people, ",
                  found["uncertain"].size(), " uncertain pairs"));
    people_.push_back({{"dataset", dataset.root().string()}});
    people_.back().update(found);
    return true;
  }

  void prepare_workers() {
    if (!workers_.landmarkers.empty()) return;
    workers_.landmarkers =
        vision::make_twins(vision::landmarkers().at(options_.landmarker)({options_.model_dir}), threads_);
    auto masker = vision::maskers().at(options_.mask)({options_.model_dir});
    workers_.lookers = vision::make_twins(
        std::make_unique<FaceLooker>(FaceLooker{std::move(embedder_), std::move(masker)}), threads_);
  }

  const AlignOptions& options_;
  Run& run_;
  int threads_;
  ChunkCheck chunk_check_;
  std::unique_ptr<vision::Embedder> embedder_;
  PeopleRule rule_;
  AlignWorkers workers_;
  AlignCounts counts_;
  Json tracks_ = Json::array();
  Json people_ = Json::array();
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
  if (!outcome.stopped) alignment.chunk_check().finish();
  if (options.common.dry_run) return outcome;
  const AlignCounts& done = alignment.counts();
  run.report.details["counts"] = {{"frames", done.frames}, {"faces", done.faces}};
  run.report.details["tracks"] = alignment.tracks();
  run.report.details["people"] = alignment.people();
  if (!options.sheet.empty() && !outcome.stopped) write_contact_sheet(options.datasets, options.sheet);
  outcome.summary = text("aligned ", done.faces, " faces of ", done.frames, " frames");
  return outcome;
}

}  // namespace understudy::stages
