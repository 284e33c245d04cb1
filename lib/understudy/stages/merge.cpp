#include "understudy/stages/merge.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <set>
#include <utility>

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/marking.h"
#include "understudy/stages/merge_auto.h"
#include "understudy/stages/merge_bridge.h"
#include "understudy/stages/merge_cast.h"
#include "understudy/stages/merge_delivery.h"
#include "understudy/stages/merge_elements.h"
#include "understudy/stages/merge_frame.h"
#include "understudy/stages/merge_label.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/merge_parts.h"
#include "understudy/stages/merge_places.h"
#include "understudy/stages/merge_preview.h"
#include "understudy/stages/merge_quality.h"
#include "understudy/stages/merge_sign.h"
#include "understudy/stages/merge_tracks.h"
#include "understudy/stages/merge_visible.h"
#include "understudy/stages/merge_watermark.h"
#include "understudy/stages/merge_wipe.h"
#include "understudy/stages/pipeline.h"
#include "understudy/stages/plate_digest.h"
#include "understudy/stages/plate_memory.h"
#include "understudy/vision/upscaler.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// "auto" is `color`.
Shot make_shot(const MergeOptions& options, const std::string& color, const media::DisplaySpace& space) {
  MergeLook look = options.look;
  if (look.color == "auto") look.color = color;
  look.space = space;
  check_look(look);
  return options.shot.empty() ? Shot(look) : Shot(look, options.shot);
}

MergeJob make_job(const MergeOptions& options) {
  check_watermark_options(options);
  MergeJob job;
  job.shot = make_shot(options, "none", {});
  for (const std::string& name : compose::texture_matches().names())
    if (name != "none" &&
        job.shot.uses([&](const MergeLook& look) { return std::ranges::count(look.textures, name) > 0; }))
      job.textures.push_back(name);
  job.wants_matte = !options.matte.empty();
  job.keep_predicted = !options.elements.empty();
  job.keeps_plate = !options.elements.empty() || !options.wipe.empty();
  const bool measures = !job.textures.empty() || !options.preview.empty() || options.look.color == "auto" ||
                        job.shot.uses([](const MergeLook& look) { return look.color != "none"; });
  job.steady_frames = measures ? options.steady_frames : 0;
  job.radius = steadying_reach(job.steady_frames);
  job.seed = options.common.seed;
  return job;
}

/// What is asked of the consents.
provenance::ConsentScope scope_of(const MergeOptions& options, const DeliveryProfile& profile) {
  provenance::ConsentScope scope = options.delivery.scope;
  for (const std::string& use : profile.uses)
    if (std::ranges::find(scope.use, use) == scope.use.end()) scope.use.push_back(use);
  return scope;
}

/// Which faces bridge gaps.
Json bridge_faces(const MergeOptions& options, const dataset::Dataset& dataset, const std::string& source,
                  MergeJob& job) {
  Json out = Json::array();
  for (const BridgedFace& face : bridge_tracks(job.converted, dataset, source, options.bridge))
    out.push_back({{"frame", face.frame}, {"track", face.track}});
  follow_tracks(job.converted);
  return out;
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

/// Gives the job its look, now that the plate's colours are known.
void choose_look(const MergeOptions& options, const dataset::SourceRecord& source, int threads, MergeJob& job,
                 Run& run) {
  const auto space = media::DisplaySpace::from_record(source.color, options.ocio);
  job.shot = make_shot(options, "none", space);
  if (options.look.color != "auto") return;
  const TriedColors tried = try_colors(job, *open_plate(options, source, threads));
  log_info(text("the smallest seam has --color ", tried.best));
  run.report.details["color"] = {{"chosen", tried.best}, {"seams", tried.seams}};
  job.shot = make_shot(options, tried.best, space);
}

std::vector<std::int64_t> wanted_frames(const MergeOptions& options, const std::vector<std::int64_t>& all) {
  if (options.preview.empty()) {
    ChunkCheck check(options.common.frames);
    check.add(all);
    check.finish();
    return options.common.frames.apply(all);
  }
  const std::set<std::int64_t> frames(options.preview.begin(), options.preview.end());
  return {frames.begin(), frames.end()};
}

/// The wanted frames of `all` and those that have a say in them: each frame is measured beside the one
/// before it where textures are matched.
std::vector<std::int64_t> with_neighbours(const MergeJob& job, const std::vector<std::int64_t>& all) {
  const std::int64_t before = job.radius + (job.textures.empty() ? 0 : 1);
  std::vector<std::int64_t> out;
  for (const std::int64_t number : all) {
    const auto near = std::ranges::lower_bound(job.wanted, number - job.radius);
    if (near != job.wanted.end() && *near <= number + before) out.push_back(number);
  }
  return out;
}

struct Counts {
  std::int64_t frames = 0, swapped_frames = 0, faces = 0;
};

/// What the outputs are written to.
struct Outputs {
  std::unique_ptr<media::FrameSink> merged, matte;
  std::unique_ptr<WipeWriter> wipe;
  std::unique_ptr<ElementsWriter> elements;  ///< the job's: frames are written while they are merged

  void write(media::Frame frame, media::Picture frames_matte, const media::Picture& plate) {
    merged->write(frame);
    if (wipe) wipe->write(frame, plate);
    if (!matte) return;
    frame.picture = std::move(frames_matte);
    matte->write(frame);
  }
  void finish_beside() {
    if (matte) matte->finish();
    if (wipe) wipe->finish();
  }
};

/// Gives the job its label, now that plate, look and records are known.
void give_label(const MergeOptions& options, const DeliveryProfile& profile, const dataset::Dataset& dataset,
                const media::SourceInfo& plate, MergeJob& job, Run& run) {
  run.report.details["profile"] = options.delivery.profile;
  run.report.details["label"] = nullptr;
  const auto choice =
      choose_label(options.delivery.label, profile, consents_of(job, dataset), options.delivery.label_font);
  if (!choice || !options.preview.empty()) return;
  // Where the label is not shown throughout, it begins with the delivery, not with each part of it.
  job.label = std::make_shared<const LabelPainter>(*choice, plate, job.shot.at(job.wanted.front()).space,
                                                   frames_of_all_parts(options, plate).front());
  run.report.details["label"] = job.label->record();
  if (!choice->file.empty()) run.report.add_input(choice->file, sha256_file(choice->file));
}

std::map<std::string, std::string> marking_of(const MergeJob& job, const dataset::Dataset& dataset,
                                              const dataset::SourceRecord& source) {
  provenance::Marking marking;
  marking.program_version = version();
  if (job.converted.models.size() == 1) marking.model_sha256 = *job.converted.models.begin();
  marking.source_sha256 = source.sha256;
  if (job.label) marking.label = job.label->said();
  for (const auto& consent : consents_of(job, dataset)) {
    const provenance::MarkedConsent marked = provenance::marked_consent(consent);
    if (std::find(marking.consents.begin(), marking.consents.end(), marked) == marking.consents.end())
      marking.consents.push_back(marked);
  }
  return provenance::marking_metadata(marking);
}

Outputs open_outputs(const MergeOptions& options, const MergeJob& job, const media::SourceInfo& plate,
                     const std::map<std::string, std::string>& marking, MergeWatermark& watermark,
                     MergeSigner& signer, int threads) {
  Outputs out;
  out.merged = open_output(options, plate, marking, job.wanted.front(), threads,
                           [&watermark, &signer, threads](const fs::path& whole) {
                             watermark.recover(whole, threads);
                             signer.sign_video(whole, watermark);
                           });
  if (job.wants_matte) out.matte = open_matte(options.matte, plate, job.wanted.front(), threads);
  if (!options.wipe.empty())
    out.wipe = std::make_unique<WipeWriter>(
        options.wipe, plate, job.wanted, marking, job.shot.at(job.wanted.front()).space, threads,
        [&watermark, &signer](const fs::path& whole) { signer.sign_wipe(whole, watermark); });
  if (!options.elements.empty())
    out.elements = std::make_unique<ElementsWriter>(options.elements, plate,
                                                    has_predicted_masks(job.converted), marking);
  signer.begin_pictures();
  return out;
}

std::vector<ChangedFace> changed_faces(const MergeFrame& work) {
  std::vector<ChangedFace> out;
  for (const MergeFace& face : work.faces)
    if (!face.trace.changed.empty()) out.push_back({face.track, face.trace.changed});
  return out;
}

/// What a merge works with, from the first frame to the last.
struct MergeWork {
  const MergeJob& job;
  media::FrameSource& plate;
  RotoMatte* roto;     ///< may be null
  MergedParts* parts;  ///< of which the output is made; null: it is merged here
  Outputs& outputs;
  MergeWatermark& watermark;
  MergeSigner& signer;
  int threads, at_once;
  Counts counts = {};
  MergeQuality quality = {};
  std::vector<std::int64_t> left_out = {};  ///< frames that the plate could not give
};

/// Frames on either side that have a say in one.
std::size_t reach_of(const MergeJob& job) {
  return static_cast<std::size_t>(std::max<std::int64_t>(job.radius, job.textures.empty() ? 0 : 1));
}

/// Frames that are merged side by side.
int frames_at_once(const MergeOptions& options, const MergeJob& job, const media::PictureFormat& plate,
                   int threads, Report& report) {
  const MemoryNeed need =
      merge_memory(plate, codec_for(options.output, options.codec), threads,
                   static_cast<std::int64_t>(reach_of(job)), largest_face_px(job.converted));
  return static_cast<int>(fit_memory(need, options.common.memory, report));
}

void take_frame(MergeWork& all, MergeFrame& work, Run& run) {
  all.quality.add(work);
  for (MergeFailure& failure : work.failures)
    run.report.add_failure(std::move(failure.item), std::move(failure.why));
  if (work.frame) {
    const auto timer = run.report.step("encode (waiting)");
    all.signer.add_changed(*work.frame, all.parts ? all.parts->changed(work.number) : changed_faces(work));
    all.outputs.write(*std::exchange(work.frame, std::nullopt), std::move(work.matte),
                      std::exchange(work.plate, {}));
    ++all.counts.frames;
  } else {
    all.left_out.push_back(work.number);
  }
  all.counts.swapped_frames += work.merged > 0 ? 1 : 0;
  all.counts.faces += work.merged;
  run.progress.advance();
}

/// False when told to stop before the end.
bool merge_all(MergeWork& all, Run& run) {
  const MergeJob& job = all.job;
  bool stopped = false;
  PipelineSteps<MergeFrame> steps;
  // A frame is changed in place when no other needs it to be measured.
  steps.radius = reach_of(job);
  MergeFrames frames(job, all.plate, all.roto);
  steps.make = [&] {
    const auto timer = run.report.step("decode (waiting)");
    std::optional<MergeFrame> work = frames.next();
    if (all.parts && work && work->wanted && work->frame)
      all.parts->replace(work->number, work->frame->picture);
    return work;
  };
  steps.work = [&](MergeFrame& work) {
    const auto timer = run.report.step("measure");
    if (!all.parts) measure_frame(job, work);
  };
  steps.finish = [&](MergeFrame& work, const std::vector<const MergeFrame*>& around) {
    const auto timer = run.report.step("merge");
    if (!all.parts) merge_frame(job, work, around);
    if (work.frame) all.watermark.mark(work.frame->picture);
  };
  steps.take = [&](MergeFrame& work) {
    if (!work.wanted) return true;
    take_frame(all, work, run);
    stopped = run.cancel.stop_requested();
    return !stopped;
  };
  run_pipeline(all.at_once, steps);
  return !stopped;
}

void finish_and_sign(const MergeOptions& options, MergeWork& all) {
  all.outputs.merged->finish();
  if (media::codecs().at(codec_for(options.output, options.codec)).is_sequence) {
    all.watermark.recover(options.output, all.threads);
    all.signer.sign_pictures(all.watermark);
  }
  if (writes_part(options))
    write_part_list(options.output, {{all.signer.urn(),
                                      all.job.wanted,
                                      all.signer.changed(),
                                      {{options.output.filename().string(), sha256_file(options.output)}}},
                                     all.left_out});
  all.outputs.finish_beside();  // a wipe's credentials tell of the watermark that was recovered
  if (all.job.elements) all.signer.sign_elements();
}

void report_quality(const MergeQuality& quality, const std::map<std::string, double>& limits, Run& run) {
  run.report.details["tracks"] = quality.tracks();
  for (MergeFailure& failure : quality.above(limits))
    run.report.add_failure(std::move(failure.item), std::move(failure.why));
}

void report_outputs(const MergeOptions& options, const Counts& counts, Run& run, Outcome& outcome) {
  run.report.details["frames"] = counts.frames;
  run.report.details["frames_swapped"] = counts.swapped_frames;
  run.report.details["faces"] = counts.faces;
  for (const fs::path& path : {options.output, options.matte, options.elements, options.wipe}) {
    if (path.empty()) continue;
    outcome.written.push_back(path);
    if (fs::is_regular_file(path)) run.report.add_output(path, sha256_file(path));
  }
  outcome.summary =
      text("merged ", counts.faces, " faces into ", counts.swapped_frames, " of ", counts.frames, " frames");
}

Outcome preview(const MergeOptions& options, MergeJob job, media::FrameSource& plate, RotoMatte* roto,
                const std::map<std::string, std::string>& marking, const MergeSigner& signer, Run& run) {
  const std::size_t frames = job.wanted.size();
  const auto faces = write_preview(options, std::move(job), plate, roto, marking, run,
                                   [&signer](std::string_view png) { return signer.signed_sheet(png); });
  Outcome outcome;
  outcome.stopped = !faces;
  if (outcome.stopped) return outcome;
  run.report.details["faces"] = *faces;
  run.report.details["credentials"] = signer.report();
  run.report.add_output(options.output, sha256_file(options.output));
  outcome.written.push_back(options.output);
  outcome.summary = text("previewed ", *faces, " faces of ", frames, " frames");
  return outcome;
}

/// What a rerun of a part has to say.
Outcome part_is_there(const MergeOptions& options) {
  Outcome outcome;
  outcome.written.push_back(options.output);
  outcome.summary = text("the part ", options.output.string(), " is there already");
  return outcome;
}

/// The parts of which the output is made; null when it is merged here.
std::unique_ptr<MergedParts> open_parts(const MergeOptions& options, const MergeJob& job,
                                        const media::FrameSource& plate, const dataset::Dataset& dataset,
                                        const dataset::SourceRecord& source, int threads) {
  if (!joins_parts(options)) return nullptr;
  const std::string urn = merge_urn(options_of_part(options, job.wanted), job, plate.info(), dataset, source);
  return std::make_unique<MergedParts>(options.parts, urn, job.wanted, threads);
}

}  // namespace

Outcome merge(const MergeOptions& asked, Run& run) {
  MergeJob job = make_job(asked);
  const int threads = effective_threads(asked.common.threads);
  ConsentGate gate(asked.consents, run.report);
  const DeliveryProfile profile = read_profile(asked.delivery.profile);
  gate.delivers(scope_of(asked, profile));
  const dataset::Dataset dataset = gate.open(asked.dataset, provenance::Role::kPerformer);
  const dataset::SourceRecord source = find_source(dataset, asked.source);
  const std::map<std::string, double> limits = quality_limits(asked.fail_above);
  CastSource faces = read_faces_to_merge(dataset, asked, source.id, gate);
  job.converted = std::move(faces.converted);
  note_visible_masks(dataset, source.id, job);
  run.report.details["not_swapped"] = std::move(faces.not_swapped);
  run.report.details["bridged"] = bridge_faces(asked, dataset, source.id, job);
  for (const dataset::BadLine& line : job.converted.bad_lines)
    run.report.add_failure("faces.jsonl", line.why);

  const std::unique_ptr<media::FrameSource> plate = open_plate(asked, source, threads);
  job.wanted = wanted_frames(asked, plate->info().frames);
  const MergeOptions options = with_part(asked, plate->info(), job.wanted);
  check_places(options, plate->info());
  choose_look(options, source, threads, job, run);
  run.report.add_input(plate->info().path, source.sha256);
  if (!options.upscale.empty()) {
    job.upscaler = std::make_shared<const vision::Upscaler>(options.upscale);
    run.report.add_input(options.upscale, sha256_file(options.upscale));
  }
  give_label(options, profile, dataset, plate->info(), job, run);
  job.still = plate->info().frames.size() == 1;
  job.source = source.id;
  std::unique_ptr<RotoMatte> roto;
  if (!options.matte_in.empty()) {
    roto = std::make_unique<RotoMatte>(options.matte_in, plate->info(), job.wanted, threads);
    run.report.add_input(options.matte_in, plate_digest(roto->info()));
  }
  const int at_once = frames_at_once(options, job, plate->info().format, threads, run.report);
  if (options.common.dry_run) {
    log_info(text(options.preview.empty() ? "would merge " : "would preview ", job.wanted.size(),
                  " frames of ", plate->info().path.string(), " into ", options.output.string()));
    return {};
  }

  cv::setNumThreads(1);  // frames run side by side, so each stays on its thread
  const std::map<std::string, std::string> marking = marking_of(job, dataset, source);
  MergeSigner signer(options, job, *plate, dataset, source);
  plate->select(with_neighbours(job, plate->info().frames));
  if (!options.preview.empty())
    return preview(options, std::move(job), *plate, roto.get(), marking, signer, run);
  if (writes_part(options)) {
    if (has_part(options.output, signer.urn())) return part_is_there(options);
    make_folder(options.parts);
  }
  const std::unique_ptr<MergedParts> parts = open_parts(options, job, *plate, dataset, source, threads);
  MergeWatermark watermark(options, plate->info(), signer.urn(), job.wanted.size());
  Outputs outputs = open_outputs(options, job, plate->info(), marking, watermark, signer, threads);
  job.elements = outputs.elements.get();
  run.progress.start("merge", static_cast<std::int64_t>(job.wanted.size()));
  MergeWork all{job, *plate, roto.get(), parts.get(), outputs, watermark, signer, threads, at_once};
  Outcome outcome;
  outcome.stopped = !merge_all(all, run);
  run.progress.finish();
  if (outcome.stopped) return outcome;
  {
    const auto timer = run.report.step("finish and sign");
    finish_and_sign(options, all);
  }
  run.report.details["credentials"] = signer.report();
  run.report.details["watermark"] = watermark.report();
  report_quality(all.quality, limits, run);
  if (job.elements) write_tracks(options.elements, job.converted, plate->info(), source.sha256);
  report_outputs(options, all.counts, run, outcome);
  return outcome;
}

}  // namespace understudy::stages
