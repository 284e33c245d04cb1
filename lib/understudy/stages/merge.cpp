#include "understudy/stages/merge.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <utility>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/merge_frame.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/pipeline.h"
#include "understudy/stages/plate_digest.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

MergeJob make_job(const MergeOptions& options) {
  MergeJob job;
  job.look = {compose::color_matches().at(options.color),
              options.color_settings,
              options.mask_shape,
              compose::blend_modes().at(options.blend),
              {}};
  job.masks = {compose::mask_modes().at(options.mask), options.mask_shape.predicted_gain, {}};
  for (const std::string& part : options.keep) job.masks.kept.push_back(face::face_parts().at(part));
  job.wants_matte = !options.matte.empty();
  job.steady_frames = options.color == "none" ? 0 : options.steady_frames;
  job.radius = static_cast<std::int64_t>(std::ceil(3 * job.steady_frames));
  return job;
}

/// The plate, known to be the one that was extracted.
std::unique_ptr<media::FrameSource> open_plate(const MergeOptions& options,
                                               const dataset::SourceRecord& source, int threads) {
  const fs::path path = options.plate.empty() ? fs::path(source.path) : options.plate;
  std::unique_ptr<media::FrameSource> plate;
  try {
    plate = media::open_source(path, threads, source.deinterlace.empty() ? "none" : source.deinterlace);
  } catch (const Error& e) {
    if (options.plate.empty() && e.code() == ErrorCode::kInput)
      throw Error(ErrorCode::kInput, text("the plate cannot be had where it was extracted: ", e.message()),
                  "say where it is now with --plate");
    throw;
  }
  if (plate_digest(plate->info()) != source.sha256)
    throw Error(ErrorCode::kInput,
                text(path.string(), " is not the plate that the faces of '", source.id,
                     "' came from: its content is another"),
                "give the very file that was extracted with --plate, or extract it anew");
  return plate;
}

/// The wanted frames of `all` and those within `radius` of them.
std::vector<std::int64_t> with_neighbours(const std::vector<std::int64_t>& wanted,
                                          const std::vector<std::int64_t>& all, std::int64_t radius) {
  std::vector<std::int64_t> out;
  for (const std::int64_t number : all) {
    const auto near = std::ranges::lower_bound(wanted, number - radius);
    if (near != wanted.end() && *near <= number + radius) out.push_back(number);
  }
  return out;
}

struct Counts {
  std::int64_t frames = 0, swapped_frames = 0, faces = 0;
};

/// What the outputs are written to.
struct Outputs {
  std::unique_ptr<media::FrameSink> merged, matte;

  void write(media::Frame frame, media::Picture frames_matte) {
    merged->write(frame);
    if (!matte) return;
    frame.picture = std::move(frames_matte);
    matte->write(frame);
  }
  void finish() {
    merged->finish();
    if (matte) matte->finish();
  }
};

std::map<std::string, std::string> marking_of(const MergeJob& job, const dataset::Dataset& dataset,
                                              const dataset::SourceRecord& source) {
  provenance::Marking marking;
  marking.program_version = version();
  if (job.converted.models.size() == 1) marking.model_sha256 = *job.converted.models.begin();
  marking.source_sha256 = source.sha256;
  std::vector<provenance::ConsentSummary> consents = job.converted.consents;
  consents.push_back(provenance::consent_summary_from_json(dataset.info().consent, dataset.root().string()));
  for (const auto& consent : consents) {
    const provenance::MarkedConsent marked = provenance::marked_consent(consent);
    if (std::find(marking.consents.begin(), marking.consents.end(), marked) == marking.consents.end())
      marking.consents.push_back(marked);
  }
  return provenance::marking_metadata(marking);
}

/// False when told to stop before the end.
bool merge_all(const MergeJob& job, media::FrameSource& plate, RotoMatte* roto, Outputs& outputs, int threads,
               Run& run, Counts& counts) {
  bool stopped = false;
  PipelineSteps<MergeFrame> steps;
  steps.radius = static_cast<std::size_t>(job.radius);
  steps.make = [&] {
    const auto timer = run.report.step("decode (waiting)");
    return next_frame(job, plate, roto);
  };
  steps.work = [&](MergeFrame& work) {
    const auto timer = run.report.step("measure");
    measure_frame(job, work);
  };
  steps.finish = [&](MergeFrame& work, const std::vector<const MergeFrame*>& around) {
    const auto timer = run.report.step("merge");
    merge_frame(job, work, around);
  };
  steps.take = [&](MergeFrame& work) {
    if (!work.wanted) return true;
    for (MergeFailure& failure : work.failures)
      run.report.add_failure(std::move(failure.item), std::move(failure.why));
    if (work.frame) {
      const auto timer = run.report.step("encode (waiting)");
      outputs.write(*std::exchange(work.frame, std::nullopt), std::move(work.matte));
      ++counts.frames;
    }
    counts.swapped_frames += work.merged > 0 ? 1 : 0;
    counts.faces += work.merged;
    run.progress.advance();
    stopped = run.cancel.stop_requested();
    return !stopped;
  };
  run_pipeline(threads, steps);
  return !stopped;
}

void report_outputs(const MergeOptions& options, const Counts& counts, Run& run, Outcome& outcome) {
  run.report.details["frames"] = counts.frames;
  run.report.details["frames_swapped"] = counts.swapped_frames;
  run.report.details["faces"] = counts.faces;
  for (const fs::path& path : {options.output, options.matte}) {
    if (path.empty()) continue;
    outcome.written.push_back(path);
    if (fs::is_regular_file(path)) run.report.add_output(path, sha256_file(path));
  }
  outcome.summary =
      text("merged ", counts.faces, " faces into ", counts.swapped_frames, " of ", counts.frames, " frames");
}

}  // namespace

Outcome merge(const MergeOptions& options, Run& run) {
  MergeJob job = make_job(options);
  const int threads = effective_threads(options.common.threads);
  const dataset::Dataset dataset = open_performer(options.dataset);
  const dataset::SourceRecord source = find_source(dataset, options.source);
  job.look.space = media::DisplaySpace::from_record(source.color, options.ocio);
  job.converted = read_converted(dataset, options.name, source.id);
  for (const dataset::BadLine& line : job.converted.bad_lines)
    run.report.add_failure("faces.jsonl", line.why);

  const std::unique_ptr<media::FrameSource> plate = open_plate(options, source, threads);
  check_places(options, plate->info().path);
  run.report.add_input(plate->info().path, source.sha256);
  job.wanted = options.common.frames.apply(plate->info().frames);
  plate->select(with_neighbours(job.wanted, plate->info().frames, job.radius));
  std::unique_ptr<RotoMatte> roto;
  if (!options.matte_in.empty()) {
    roto = std::make_unique<RotoMatte>(options.matte_in, plate->info(), job.wanted, threads);
    run.report.add_input(options.matte_in, plate_digest(roto->info()));
  }
  if (options.common.dry_run) {
    log_info(text("would merge ", job.wanted.size(), " frames of ", plate->info().path.string(), " into ",
                  options.output.string()));
    return {};
  }

  cv::setNumThreads(1);  // frames run side by side, so each stays on its thread
  Outputs outputs{
      open_output(options, plate->info(), marking_of(job, dataset, source), job.wanted.front(), threads),
      nullptr};
  if (job.wants_matte) outputs.matte = open_matte(options.matte, plate->info(), job.wanted.front(), threads);
  run.progress.start("merge", static_cast<std::int64_t>(job.wanted.size()));
  Counts counts;
  Outcome outcome;
  outcome.stopped = !merge_all(job, *plate, roto.get(), outputs, threads, run, counts);
  run.progress.finish();
  if (outcome.stopped) return outcome;
  outputs.finish();
  report_outputs(options, counts, run, outcome);
  return outcome;
}

}  // namespace understudy::stages
