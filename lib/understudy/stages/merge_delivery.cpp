#include "understudy/stages/merge_delivery.h"

#include <algorithm>

#include "understudy/core/run.h"
#include "understudy/core/sha256.h"
#include "understudy/media/sink.h"
#include "understudy/provenance/c2pa/own_credentials.h"
#include "understudy/stages/merge_label.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/plate_digest.h"

namespace fs = std::filesystem;
namespace c2pa = understudy::provenance::c2pa;

namespace understudy::stages {
namespace {

/// The media type of a plate; empty where none is common.
std::string media_type(const media::SourceInfo& plate) {
  static const std::map<std::string, std::string> types = {
      {".mp4", "video/mp4"}, {".mov", "video/quicktime"}, {".mkv", "video/x-matroska"},
      {".png", "image/png"}, {".jpg", "image/jpeg"},      {".exr", "image/x-exr"}};
  const auto found = types.find(plate.path.extension().string());
  return found == types.end() ? "" : found->second;
}

/// A digest of a file that was given, "" where none was.
std::string digest_of(const fs::path& file) {
  return file.empty() ? "" : sha256_file(file);
}

void add_inputs(const std::set<std::string>& digests, const char* title, const char* type,
                c2pa::Delivery& out) {
  for (const std::string& digest : digests) {
    c2pa::MadeFrom input{title, "", digest};
    input.data_type = type;
    out.inputs.push_back(std::move(input));
  }
}

std::string label_digest(const MergeJob& job) {
  return job.label ? digest_of(job.label->file()) : "";
}

/// The drawn mattes may be a file or a folder, as a plate.
std::string matte_digest(const fs::path& matte) {
  return matte.empty() ? "" : plate_digest(media::open_source(matte, 1)->info());
}

/// A digest of which faces are merged.
std::string digest_of_faces(const MergeJob& job) {
  std::string all;
  for (const auto& [frame, faces] : job.converted.faces)
    for (const SwapRecord& face : faces)
      all += dataset::face_name(face.record) + (face.visible ? face.visible->sha256 : "") + "\n";
  return sha256(all);
}

}  // namespace

std::vector<std::int64_t> frames_of_all_parts(const MergeOptions& options, const media::SourceInfo& plate) {
  return options.common.frames.undivided().apply(plate.frames);
}

std::map<std::string, std::string> public_settings(const MergeOptions& options) {
  MergeLook look = options.look;
  std::map<std::string, std::string> out = {{"color", look.color},
                                            {"texture", joined(look.textures)},
                                            {"mask", look.mask},
                                            {"keep", joined(look.keep)},
                                            {"blend", look.blend},
                                            {"steady", text(options.steady_frames)},
                                            {"bridge", text(options.bridge)},
                                            {"seed", text(options.common.seed)},
                                            {"codec", codec_for(options.output, options.codec)},
                                            {"preset", options.preset}};
  for (const auto& number : look_numbers()) out[number.name] = text(number.value.of(look));
  if (options.quality) out["quality"] = text(*options.quality);
  return out;
}

std::string merge_urn(const MergeOptions& options, const MergeJob& job, const media::SourceInfo& plate,
                      const dataset::Dataset& dataset, const dataset::SourceRecord& source) {
  const Json identity = {{"program", version()},
                         {"plate", source.sha256},
                         {"source", source.id},
                         {"conversion", dataset.digest("convert/" + options.name)},
                         {"models", job.converted.models},
                         {"faces", digest_of_faces(job)},
                         {"settings", public_settings(options)},
                         {"shot", digest_of(options.shot)},
                         {"cast", digest_of(options.cast)},
                         {"upscale", digest_of(options.upscale)},
                         {"matte_in", matte_digest(options.matte_in)},
                         {"label", job.label ? job.label->record() : Json()},
                         {"label_file", label_digest(job)},
                         {"label_font", digest_of(options.delivery.label_font)},
                         {"frames", frames_of_all_parts(options, plate)}};
  return c2pa::delivery_urn(json_text(identity));
}

std::vector<provenance::ConsentSummary> consents_of(const MergeJob& job, const dataset::Dataset& dataset) {
  std::vector<provenance::ConsentSummary> all = job.converted.consents, out;
  all.push_back(provenance::consent_summary_from_json(dataset.info().consent, dataset.root().string()));
  for (const auto& consent : all)
    if (std::find(out.begin(), out.end(), consent) == out.end()) out.push_back(consent);
  return out;
}

c2pa::Delivery merge_delivery(const MergeOptions& options, const MergeJob& job,
                              const media::SourceInfo& plate, const dataset::Dataset& dataset,
                              const dataset::SourceRecord& source) {
  c2pa::Delivery out;
  out.urn = merge_urn(options, job, plate, dataset, source);
  out.title = options.output.filename().string();
  out.program_version = version();
  out.when = c2pa::now_utc();
  out.plate = {"Plate", media_type(plate), source.sha256};
  if (fs::is_regular_file(plate.path))
    c2pa::add_own_credentials(out.plate, plate.path, out.when, options.signing.accept_invalid_ingredient);
  add_inputs(job.converted.models, "Model", "c2pa.types.model", out);
  add_inputs(job.converted.datasets, "Dataset", "c2pa.types.dataset", out);
  out.consents = consents_of(job, dataset);
  out.is_video = !media::codecs().at(codec_for(options.output, options.codec)).is_sequence;
  out.settings = public_settings(options);
  out.settings["profile"] = options.delivery.profile;
  if (job.label) out.label = job.label->said();
  return out;
}

}  // namespace understudy::stages
