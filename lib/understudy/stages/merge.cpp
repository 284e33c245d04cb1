#include "understudy/stages/merge.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <utility>

#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/merge_input.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/pipeline.h"
#include "understudy/stages/plate_digest.h"
#include "understudy/stages/roto_matte.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

struct Failure {
  std::string item, why;
};

/// A face on its way into its frame. Other frames' threads read the track and what was measured.
struct Face {
  std::int64_t number = 0;
  std::string track;
  SwappedFace swapped;
  cv::Mat measured;
};

/// One frame on its way from the plate to the output.
struct Work {
  std::int64_t number = 0;
  bool wanted = false;                ///< or only measured, for the sake of its neighbours
  std::optional<media::Frame> frame;  ///< nothing when the plate's own frame cannot be had
  std::vector<Face> faces;
  media::Picture roto;   ///< where the plate stays; empty: nowhere
  media::Picture matte;  ///< what was replaced
  std::int64_t merged = 0;
  std::vector<Failure> failures;
};

/// Everything that frames have in common.
struct Job {
  MergeLook look;
  MaskChoice masks;
  ConvertedSource converted;
  std::vector<std::int64_t> wanted;  ///< ascending
  bool wants_matte = false;
  std::int64_t radius = 0;  ///< frames on either side that have a say in a face's colours
};

Job make_job(const MergeOptions& options) {
  Job job;
  job.look = {compose::color_matches().at(options.color), options.color_settings, options.mask_shape,
              compose::blend_modes().at(options.blend)};
  job.masks = {compose::mask_modes().at(options.mask), options.mask_shape.predicted_gain, {}};
  for (const std::string& part : options.keep) job.masks.kept.push_back(face::face_parts().at(part));
  job.wants_matte = !options.matte.empty();
  if (options.color != "none")
    job.radius = static_cast<std::int64_t>(std::ceil(3 * job.look.color_settings.steady_frames));
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

/// The roto matte of a wanted frame. Without it nothing may be replaced: the plate's faces stay.
void read_roto(RotoMatte& roto, Work& work) {
  try {
    work.roto = roto.next(work.number);
  } catch (const media::BadFrame& e) {
    work.failures.push_back(
        {text("frame ", work.number), text("not swapped: its roto matte: ", e.message())});
    if (work.frame) work.roto = media::Picture(work.frame->picture.format());
  }
}

std::optional<Work> next_work(const Job& job, media::FrameSource& plate, RotoMatte* roto) {
  Work work;
  std::string why;
  try {
    work.frame = plate.next();
    if (!work.frame) return std::nullopt;
    work.number = work.frame->number;
  } catch (const media::BadFrame& e) {
    work.number = e.number();
    why = e.message();
  }
  work.wanted = std::ranges::binary_search(job.wanted, work.number);
  if (!work.frame && work.wanted)
    work.failures.push_back({text("frame ", work.number), text("left out of the output: ", why)});
  if (roto && work.wanted) read_roto(*roto, work);
  return work;
}

/// Loads the faces of a frame and measures their colours.
void measure_frame(const Job& job, Work& work) {
  if (!work.frame) return;
  const std::string item = text("frame ", work.number);
  if (const auto failed = job.converted.failures.find(work.number); failed != job.converted.failures.end())
    work.failures.push_back({item, text("not swapped: ", failed->second)});
  else if (!job.converted.frames.contains(work.number))
    work.failures.push_back({item, "not swapped: understudy-convert has not done this frame"});
  if (const auto found = job.converted.faces.find(work.number); found != job.converted.faces.end()) {
    for (const SwapRecord& swap : found->second) {
      try {
        Face face{swap.record.face, track_of(swap.record), load_face(swap, job.masks), {}};
        face.measured = measure_face(work.frame->picture, face.swapped, job.look);
        work.faces.push_back(std::move(face));
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kInput && e.code() != ErrorCode::kFormat) throw;
        work.failures.push_back({text(item, " face ", swap.record.face), text("not swapped: ", e.message())});
      }
    }
  }
  if (work.wanted) return;
  work.frame.reset();
  for (Face& face : work.faces) face.swapped = {};
}

/// What was measured of the face's track around the frame, weighed by a Gaussian over time.
cv::Mat steadied(const Face& face, const Work& work, const std::vector<const Work*>& around, const Job& job) {
  if (job.radius == 0) return face.measured;
  cv::Mat sum;
  double weights = 0;
  for (const Work* other : around) {
    const std::int64_t away = other->number - work.number;
    if (std::abs(away) > job.radius) continue;
    const double z = static_cast<double>(away) / job.look.color_settings.steady_frames,
                 weight = std::exp(-z * z / 2);
    for (const Face& same : other->faces) {
      if (same.track != face.track || same.measured.empty()) continue;
      if (sum.empty()) sum = cv::Mat::zeros(same.measured.size(), CV_32FC1);
      cv::scaleAdd(same.measured, weight, sum, sum);
      weights += weight;
    }
  }
  if (weights > 0) sum /= weights;
  return sum;
}

void merge_frame(const Job& job, Work& work, const std::vector<const Work*>& around) {
  if (!work.frame) return;
  media::Frame& frame = *work.frame;
  cv::Mat matte;
  if (job.wants_matte)
    matte = cv::Mat::zeros(frame.picture.format().height, frame.picture.format().width, CV_32FC1);
  for (Face& face : work.faces) {
    merge_face(frame.picture, face.swapped, steadied(face, work, around, job), work.roto, job.look, matte);
    face.swapped = {};
    ++work.merged;
  }
  if (job.wants_matte) work.matte = matte_picture(matte);
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
bool merge_all(const Job& job, media::FrameSource& plate, RotoMatte* roto, Outputs& outputs, int threads,
               Run& run, Counts& counts) {
  bool stopped = false;
  PipelineSteps<Work> steps;
  steps.radius = static_cast<std::size_t>(job.radius);
  steps.make = [&] {
    const auto timer = run.report.step("decode (waiting)");
    return next_work(job, plate, roto);
  };
  steps.work = [&](Work& work) {
    const auto timer = run.report.step("measure");
    measure_frame(job, work);
  };
  steps.finish = [&](Work& work, const std::vector<const Work*>& around) {
    const auto timer = run.report.step("merge");
    merge_frame(job, work, around);
  };
  steps.take = [&](Work& work) {
    if (!work.wanted) return true;
    for (Failure& failure : work.failures)
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
  Outputs outputs{open_output(options, plate->info(), marking_of(job, dataset, source), threads), nullptr};
  if (job.wants_matte) outputs.matte = open_matte(options.matte, plate->info(), threads);
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
