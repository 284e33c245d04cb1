#include "understudy/stages/extract.h"

#include <algorithm>
#include <set>

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/extract_source.h"
#include "understudy/stages/plate_digest.h"
#include "understudy/stages/plate_memory.h"
#include "understudy/vision/workers.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

using Detectors = std::vector<std::unique_ptr<vision::Detector>>;

struct Input {
  fs::path path;
  std::string id;
};

void check_options(const ExtractOptions& options) {
  if (options.inputs.empty())
    throw Error(ErrorCode::kUsage, "no input was given", "name a video, a folder of pictures or a pattern");
  if (options.crop_size < kMinContextCrop || options.crop_size > kMaxContextCrop)
    throw Error(ErrorCode::kUsage, text("a context crop of ", options.crop_size, " pixels was asked for"),
                text("choose ", kMinContextCrop, " to ", kMaxContextCrop));
  if (options.detect_every < 1 || options.detect_every > kMaxDetectEvery)
    throw Error(ErrorCode::kUsage,
                text("the detector was to look at every ", options.detect_every, "th frame"),
                text("choose 1 to ", kMaxDetectEvery));
  if (options.max_faces < 0) throw Error(ErrorCode::kUsage, "the number of faces cannot be negative");
  if (!options.source.empty() && options.inputs.size() > 1)
    throw Error(ErrorCode::kUsage, text("one source name for ", options.inputs.size(), " inputs"),
                "give the inputs one at a time");
  if (!options.source.empty() && dataset::source_id(options.source + ".x") != options.source)
    throw Error(ErrorCode::kUsage, text("'", options.source, "' cannot name a source"),
                "use letters, digits, '-', '_' and '.'");
}

std::vector<Input> named_inputs(const ExtractOptions& options) {
  std::vector<Input> out;
  std::set<std::string> ids;
  for (const fs::path& path : options.inputs) {
    const fs::path named = path.has_filename() ? path : path.parent_path();
    const std::string id = options.source.empty() ? dataset::source_id(named) : options.source;
    if (!ids.insert(id).second)
      throw Error(ErrorCode::kUsage, text("two inputs would be the source '", id, "'"),
                  "extract them one at a time, each with a --source name of its own");
    out.push_back({path, id});
  }
  return out;
}

/// Empty for none.
std::string recorded_deinterlace(const ExtractOptions& options) {
  return media::deinterlacers().at(options.deinterlace).empty() ? "" : options.deinterlace;
}

dataset::SourceRecord source_record(const Input& input, const media::SourceInfo& info,
                                    const media::DisplaySpace& space, const ExtractOptions& options) {
  return {input.id,           fs::absolute(info.path).lexically_normal().string(),
          plate_digest(info), info.frames.front(),
          info.frames.back(), static_cast<std::int64_t>(info.frames.size()),
          info.format.width,  info.format.height,
          space.record(),     recorded_deinterlace(options)};
}

Json shard_options(const ExtractOptions& options, const media::DisplaySpace& space) {
  Json out{{"detector", options.detector},
           {"min_face_px", options.min_face_px},
           {"max_faces", options.max_faces},
           {"detect_every", options.detect_every},
           {"crop_size", options.crop_size}};
  if (!space.is_as_coded()) out["color"] = space.record();
  const std::string deinterlace = recorded_deinterlace(options);
  if (!deinterlace.empty()) out["deinterlace"] = deinterlace;
  return out;
}

void say_plan(const Input& input, const std::vector<std::vector<std::int64_t>>& groups,
              std::size_t done_before) {
  std::size_t frames = 0;
  for (const auto& group : groups) frames += group.size();
  log_info(text(input.id, ": ", frames, " frames to do, ", done_before, " done before"));
  for (const auto& group : groups)
    log_info(text("  ", input.id, "/", frame_name(group.front()), "-", frame_name(group.back()), ": ",
                  group.size(), " frames"));
}

class Extraction {
 public:
  Extraction(const ExtractOptions& options, Run& run)
      : options_(options),
        run_(run),
        threads_(effective_threads(options.common.threads)),
        chunk_check_(options.common.frames) {}

  /// False when told to stop.
  bool work(const Input& input, const dataset::DatasetInfo& info, const std::string& consent_text) {
    std::unique_ptr<media::FrameSource> source;
    {
      const auto step = run_.report.step("open");
      source = media::open_source(input.path, threads_, options_.deinterlace);
    }
    if (source->info().frames.empty())
      throw Error(ErrorCode::kInput, text(input.path.string(), " has no frame"));
    chunk_check_.add(source->info().frames);
    const auto wanted = options_.common.frames.apply(source->info().frames);
    if (wanted.empty() && options_.common.frames.chunk) return true;
    const auto space = media::DisplaySpace::of(source->info().format, options_.color);
    if (!space.is_as_coded()) log_info(text(input.id, " is seen as ", json_text(space.record())));
    const Json settings = shard_options(options_, space);
    const fs::path folder = options_.dataset / "extract" / input.id;
    most_at_once_ = at_once(source->info().format);
    if (options_.common.dry_run) {
      const auto pending = dataset::pending_work(folder, wanted, settings, options_.common.replace, {});
      say_plan(input, pending.groups, pending.done_before);
      return true;
    }
    const auto dataset = dataset::Dataset::create(options_.dataset, info, consent_text);
    carry_signature(options_.consent, dataset.consent_file());
    add_source(dataset, input, source->info(), space);
    const auto pending = dataset::pending_work(folder, wanted, settings, options_.common.replace,
                                               dataset.trash() / "extract" / input.id);
    for (const auto& failure : pending.old_failures)
      run_.report.add_failure(text(input.id, " frame ", failure.frame), failure.why);
    return work_on(input, {*source, space}, settings, folder, pending);
  }

  const ExtractCounts& counts() const { return counts_; }
  const ChunkCheck& chunk_check() const { return chunk_check_; }

 private:
  /// Frames that are read and looked at together.
  std::size_t at_once(const media::PictureFormat& plate) {
    const MemoryNeed need = extract_memory(plate, threads_, options_.detect_every, options_.min_face_px);
    return static_cast<std::size_t>(fit_memory(need, options_.common.memory, run_.report));
  }

  void add_source(const dataset::Dataset& dataset, const Input& input, const media::SourceInfo& info,
                  const media::DisplaySpace& space) {
    const auto step = run_.report.step("digest");
    const dataset::SourceRecord record = source_record(input, info, space, options_);
    dataset.add_source(record);
    run_.report.add_input(record.path, record.sha256);
  }

  bool work_on(const Input& input, const ExtractPlate& plate, const Json& settings, const fs::path& folder,
               const dataset::PendingWork& pending) {
    std::int64_t frames = 0;
    for (const auto& group : pending.groups) frames += static_cast<std::int64_t>(group.size());
    if (pending.done_before > 0)
      log_info(text(input.id, ": ", pending.done_before, " frames were done before, ", frames, " are left"));
    if (frames == 0) return true;
    if (detectors_.empty()) {
      const vision::DetectorOptions wanted{options_.min_face_px, options_.model_dir};
      detectors_ = vision::make_twins(vision::detectors().at(options_.detector)(wanted), threads_);
    }
    run_.progress.start(text("extract ", input.id), frames);
    SourceExtraction extraction(options_, settings, plate, folder, input.id, most_at_once_, run_);
    const bool finished = extraction.work(pending.groups, detectors_);
    run_.progress.finish();
    const ExtractCounts& done = extraction.counts();
    if (finished && done.faces == 0 && pending.done_before == 0) {
      log_warning(text(input.path.string(), ": no face was found in any of ", done.frames,
                       " frames; a smaller --min-face (now ", options_.min_face_px,
                       ") or another --detector may find some"));
    }
    counts_.frames += done.frames;
    counts_.faces += done.faces;
    counts_.frames_without_face += done.frames_without_face;
    counts_.followed += done.followed;
    return finished;
  }

  const ExtractOptions& options_;
  Run& run_;
  int threads_;
  ChunkCheck chunk_check_;
  Detectors detectors_;
  std::size_t most_at_once_ = 0;
  ExtractCounts counts_;
};

}  // namespace

Outcome extract(const ExtractOptions& options, Run& run) {
  check_options(options);
  vision::detectors().at(options.detector);
  const auto inputs = named_inputs(options);
  const provenance::ConsentFile consent =
      ConsentGate(options.consents, run.report).check_record(options.consent);
  const dataset::DatasetInfo info{consent.consent.subject, provenance::role_name(consent.consent.role),
                                  provenance::to_json(provenance::summarise(consent))};
  run.report.add_input(options.consent, consent.sha256);

  Outcome outcome;
  Extraction extraction(options, run);
  for (const Input& input : inputs) {
    outcome.stopped = !extraction.work(input, info, consent.bytes);
    if (outcome.stopped) break;
  }
  if (!outcome.stopped) extraction.chunk_check().finish();
  const ExtractCounts& done = extraction.counts();
  run.report.details["counts"] = {{"frames", done.frames},
                                  {"faces", done.faces},
                                  {"frames_without_face", done.frames_without_face},
                                  {"faces_followed", done.followed}};
  if (options.common.dry_run) return outcome;
  if (!outcome.stopped) outcome.written.push_back(options.dataset);
  outcome.summary =
      text("extracted ", done.faces, " faces from ", done.frames, " frames into ", options.dataset.string());
  return outcome;
}

}  // namespace understudy::stages
