#include <algorithm>
#include <cmath>
#include <sstream>

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/dataset/overrides.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/faces.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

using dataset::FaceRecord;
using dataset::Override;

void check_options(const EditOptions& options) {
  const bool changes =
      options.skip || !options.landmarks.empty() || !options.mask.empty() || !options.identity.empty();
  if (changes && options.clear)
    throw Error(ErrorCode::kUsage, "--clear takes a correction back, it goes with no other",
                "call it twice: first with --clear");
  if (!changes && !options.clear)
    throw Error(ErrorCode::kUsage, "nothing was asked for",
                "give --landmarks, --mask, --identity, --skip or --clear");
}

std::string source_of(const dataset::Dataset& dataset, const EditOptions& options) {
  const std::vector<std::string> sources = dataset.sources();
  if (options.source.empty() && sources.size() == 1) return sources.front();
  if (std::ranges::find(sources, options.source) != sources.end()) return options.source;
  throw Error(ErrorCode::kUsage,
              options.source.empty()
                  ? text("the dataset ", dataset.root().string(), " has ", sources.size(), " sources")
                  : text("the dataset ", dataset.root().string(), " has no source '", options.source, "'"),
              text("say which one with --source: ", joined(sources)));
}

/// The record of align, or else of extract, removed ones too.
FaceRecord find_face(const dataset::Dataset& dataset, const std::string& source, const EditOptions& options) {
  std::vector<std::string> faces_there;
  for (const char* stage : {"align", "extract"}) {
    std::vector<dataset::BadLine> bad;
    for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder(stage, source)))
      for (FaceRecord& record : dataset::read_all_records(shard, bad)) {
        if (record.frame != options.frame) continue;
        if (record.face == options.face) return std::move(record);
        faces_there.push_back(std::to_string(record.face));
      }
    if (!faces_there.empty()) break;
  }
  throw Error(ErrorCode::kInput,
              text("the source '", source, "' has no face ", options.face, " in frame ", options.frame),
              faces_there.empty() ? "no face was extracted from that frame"
                                  : text("its faces there are ", joined(faces_there)));
}

/// 68 points: a JSON list of pairs, or lines of two numbers.
face::Landmarks read_landmarks(const fs::path& path) {
  const std::string content = read_file(path), where = path.string();
  std::vector<double> numbers;
  if (content.find('[') != std::string::npos) {
    for (const Json& point : parse_json(content, where))
      for (const Json& number : point)
        if (number.is_number()) numbers.push_back(number.get<double>());
  } else {
    std::istringstream words(content);
    for (double number = 0; words >> number;) numbers.push_back(number);
    if (!words.eof()) numbers.clear();
  }
  face::Landmarks out;
  if (numbers.size() != 2 * out.size() ||
      !std::ranges::all_of(numbers, [](double n) { return std::isfinite(n); }))
    throw Error(ErrorCode::kFormat, text(where, " does not hold ", out.size(), " points"),
                "write a JSON list of [x, y] pairs in plate pixels, or a line \"x y\" for each point");
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {static_cast<float>(numbers[2 * i]), static_cast<float>(numbers[2 * i + 1])};
  if (face::interocular(out) < 1)
    throw Error(ErrorCode::kFormat, text(where, ": the eyes are less than a pixel apart"));
  return out;
}

/// Copies the picture beside the corrections. It is drawn over the aligned crop, or over the whole plate.
void attach_mask(const dataset::Dataset& dataset, const FaceRecord& record, const fs::path& path,
                 Override& correction) {
  const std::string bytes = read_file(path);
  const cv::Mat mask = dataset::decode_png(bytes, path.string());
  if (mask.channels() != 1 || mask.depth() != CV_8U)
    throw Error(ErrorCode::kFormat, text(path.string(), " is no grey picture of 8 bits, as a mask is"));
  const dataset::SourceRecord plate = dataset.source(record.source);
  cv::Size crop(0, 0);
  for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", record.source)))
    if (std::ranges::binary_search(shard.info.frames, record.frame)) {
      const int side = json_field<int>(shard.info.options, "size", shard.folder.string());
      crop = {side, side};
    }
  if (record.aligned_from_frame && mask.size() == crop)
    correction.mask_from_frame = *record.aligned_from_frame;
  else if (mask.size() == cv::Size(plate.width, plate.height))
    correction.mask_from_frame = face::Affine::eye();
  else
    throw Error(ErrorCode::kFormat, text(path.string(), " is ", mask.cols, "x", mask.rows,
                                         " pixels, expected the aligned crop's ", crop.width, "x",
                                         crop.height, " or the plate's ", plate.width, "x", plate.height));
  correction.mask = dataset::face_name(record) + ".mask.png";
  correction.mask_sha256 = sha256(bytes);
  const fs::path target = dataset::override_mask_path(dataset, correction);
  make_folder(target.parent_path());
  write_file(target, bytes);
}

void correct(const dataset::Dataset& dataset, const FaceRecord& record, const EditOptions& options,
             Override& correction) {
  correction.source = record.source;
  correction.frame = record.frame;
  correction.face = record.face;
  correction.box = record.box;
  if (options.skip) correction.skip = true;
  if (!options.landmarks.empty()) correction.landmarks = read_landmarks(options.landmarks);
  if (!options.mask.empty()) attach_mask(dataset, record, options.mask, correction);
  if (!options.identity.empty()) correction.identity = options.identity;
}

void take_back(const dataset::Dataset& dataset, std::vector<Override>& corrections,
               std::vector<Override>::iterator found, const EditOptions& options) {
  if (found == corrections.end() || !found->says_something())
    throw Error(ErrorCode::kInput,
                text("frame ", options.frame, " face ", options.face, " has no correction to take back"));
  if (!found->mask.empty()) fs::remove(dataset::override_mask_path(dataset, *found));
  if (found->track_identity.empty()) {
    corrections.erase(found);
    return;
  }
  Override of_track;
  of_track.source = found->source;
  of_track.frame = found->frame;
  of_track.face = found->face;
  of_track.box = found->box;
  of_track.track_identity = found->track_identity;
  *found = std::move(of_track);
}

}  // namespace

Outcome edit_face(const EditOptions& options, Run& run) {
  check_options(options);
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  const std::string source = source_of(dataset, options);
  std::vector<Override> corrections = dataset::read_overrides(dataset, source);
  const auto found = std::ranges::find_if(corrections, [&](const Override& correction) {
    return correction.frame == options.frame && correction.face == options.face;
  });
  if (options.clear) {
    take_back(dataset, corrections, found, options);
  } else {
    const FaceRecord record = find_face(dataset, source, options);
    Override correction = found == corrections.end() ? Override() : *found;
    correct(dataset, record, options, correction);
    dataset::override_from_json(dataset::to_json(correction),
                                "the correction");  // what is written can be read
    if (found == corrections.end())
      corrections.push_back(std::move(correction));
    else
      *found = std::move(correction);
  }
  dataset::write_overrides(dataset, source, corrections);
  Outcome outcome;
  outcome.summary = text(corrections.size(), " faces of ", source,
                         " are corrected; understudy-align makes their crops anew");
  outcome.written.push_back(dataset.root() / "overrides" / (source + ".jsonl"));
  return outcome;
}

}  // namespace understudy::stages
