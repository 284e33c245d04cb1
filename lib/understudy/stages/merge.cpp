#include "understudy/stages/merge.h"

#include <algorithm>
#include <opencv2/core.hpp>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/merge_input.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/merge_pipeline.h"
#include "understudy/stages/plate_digest.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

struct Failure {
  std::string item, why;
};

/// One frame on its way from the plate to the output.
struct Work {
  std::optional<media::Frame> frame;  ///< nothing when the plate's own frame cannot be had
  media::Picture matte;
  std::int64_t faces = 0;
  std::vector<Failure> failures;
};

/// Everything that frames have in common.
struct Job {
  MergeLook look;
  compose::MaskMode mask;
  ConvertedSource converted;
  bool wants_matte = false;
};

Job make_job(const MergeOptions& options) {
  Job job;
  job.look = {compose::color_matches().at(options.color), options.color_settings, options.mask_shape,
              compose::blend_modes().at(options.blend)};
  job.mask = compose::mask_modes().at(options.mask);
  job.wants_matte = !options.matte.empty();
  return job;
}

/// The plate, known to be the one that was extracted.
std::unique_ptr<media::FrameSource> open_plate(const MergeOptions& options,
                                               const dataset::SourceRecord& source, int threads) {
  const fs::path path = options.plate.empty() ? fs::path(source.path) : options.plate;
  std::unique_ptr<media::FrameSource> plate;
  try {
    plate = media::open_source(path, threads);
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

void merge_frame(const Job& job, Work& work) {
  if (!work.frame) return;
  media::Frame& frame = *work.frame;
  const std::string item = text("frame ", frame.number);
  cv::Mat matte;
  if (job.wants_matte)
    matte = cv::Mat::zeros(frame.picture.format().height, frame.picture.format().width, CV_32FC1);
  if (const auto failed = job.converted.failures.find(frame.number); failed != job.converted.failures.end())
    work.failures.push_back({item, text("not swapped: ", failed->second)});
  else if (!job.converted.frames.contains(frame.number))
    work.failures.push_back({item, "not swapped: understudy-convert has not done this frame"});
  if (const auto found = job.converted.faces.find(frame.number); found != job.converted.faces.end()) {
    for (const SwapRecord& swap : found->second) {
      try {
        const SwappedFace face = load_face(swap, job.mask, job.look.mask_shape.predicted_gain);
        merge_face(frame.picture, face, job.look, matte);
        ++work.faces;
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kInput && e.code() != ErrorCode::kFormat) throw;
        work.failures.push_back({text(item, " face ", swap.record.face), text("not swapped: ", e.message())});
      }
    }
  }
  if (job.wants_matte) work.matte = matte_picture(matte);
}

std::optional<Work> next_work(media::FrameSource& plate) {
  Work work;
  try {
    work.frame = plate.next();
    if (!work.frame) return std::nullopt;
  } catch (const media::BadFrame& e) {
    work.failures.push_back({text("frame ", e.number()), text("left out of the output: ", e.message())});
  }
  return work;
}

struct Counts {
  std::int64_t frames = 0, swapped_frames = 0, faces = 0;
};

/// What the outputs are written to.
struct Outputs {
  std::unique_ptr<media::FrameSink> merged, matte;

  void write(Work& work) {
    if (!work.frame) return;
    merged->write(*work.frame);
    if (!matte) return;
    work.frame->picture = std::move(work.matte);
    matte->write(*work.frame);
  }
  void finish() {
    merged->finish();
    if (matte) matte->finish();
  }
};

std::map<std::string, std::string> marking_of(const Job& job, const dataset::Dataset& dataset,
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
bool merge_all(const Job& job, media::FrameSource& plate, Outputs& outputs, int threads, Run& run,
               Counts& counts) {
  bool stopped = false;
  ordered_pipeline<Work>(
      threads,
      [&] {
        const auto timer = run.report.step("decode (waiting)");
        return next_work(plate);
      },
      [&](Work& work) {
        const auto timer = run.report.step("merge");
        merge_frame(job, work);
      },
      [&](Work& work) {
        const auto timer = run.report.step("encode (waiting)");
        outputs.write(work);
        for (Failure& failure : work.failures)
          run.report.add_failure(std::move(failure.item), std::move(failure.why));
        counts.frames += work.frame ? 1 : 0;
        counts.swapped_frames += work.faces > 0 ? 1 : 0;
        counts.faces += work.faces;
        run.progress.advance();
        stopped = run.cancel.stop_requested();
        return !stopped;
      });
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
  Job job = make_job(options);
  const int threads = effective_threads(options.common.threads);
  const dataset::Dataset dataset = open_performer(options.dataset);
  const dataset::SourceRecord source = find_source(dataset, options.source);
  job.converted = read_converted(dataset, options.name, source.id);
  for (const dataset::BadLine& line : job.converted.bad_lines)
    run.report.add_failure("faces.jsonl", line.why);

  const std::unique_ptr<media::FrameSource> plate = open_plate(options, source, threads);
  check_places(options, plate->info().path);
  run.report.add_input(plate->info().path, source.sha256);
  const std::vector<std::int64_t> wanted = options.common.frames.apply(plate->info().frames);
  plate->select(wanted);
  if (options.common.dry_run) {
    log_info(text("would merge ", wanted.size(), " frames of ", plate->info().path.string(), " into ",
                  options.output.string()));
    return {};
  }

  cv::setNumThreads(1);  // frames run side by side, so each stays on its thread
  Outputs outputs{open_output(options, plate->info(), marking_of(job, dataset, source), threads), nullptr};
  if (job.wants_matte) outputs.matte = open_matte(options.matte, plate->info(), threads);
  run.progress.start("merge", static_cast<std::int64_t>(wanted.size()));
  Counts counts;
  Outcome outcome;
  outcome.stopped = !merge_all(job, *plate, outputs, threads, run, counts);
  run.progress.finish();
  if (outcome.stopped) return outcome;
  outputs.finish();
  report_outputs(options, counts, run, outcome);
  return outcome;
}

}  // namespace understudy::stages
