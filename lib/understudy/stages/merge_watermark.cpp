#include "understudy/stages/merge_watermark.h"

#include <cmath>

#include "understudy/core/log.h"
#include "understudy/core/plain_text.h"
#include "understudy/core/sha256.h"
#include "understudy/media/sink.h"
#include "understudy/provenance/watermark/payload.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/registry.h"
#include "understudy/stages/watermark.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// Of fewer frames, or of such faint marks (root of the mean square, of 255), nobody can promise that they
/// are read again.
constexpr std::size_t kFewFrames = 12;
constexpr double kFaint = 0.9;
/// Clips of fewer frames are marked as strongly as stills.
constexpr std::size_t kShortClip = 24;
/// Read until the mark is found: a handful where all is well.
constexpr int kFramesToRecover = 96;
/// Of a plate, which usually has none, and from what length on it is searched for one that was cropped.
constexpr int kFramesOfPlate = 16;
constexpr std::size_t kSearchedPlate = 240;

bool marks(const MergeOptions& options) {
  if (options.no_watermark) return false;
  return options.watermark || media::codecs().at(codec_for(options.output, options.codec)).is_delivery;
}

std::string why_not(const MergeOptions& options) {
  if (options.no_watermark) return options.reason;
  return text(codec_for(options.output, options.codec), " is no format of deliveries");
}

}  // namespace

void check_watermark_options(const MergeOptions& options) {
  if (options.watermark && options.no_watermark)
    throw Error(ErrorCode::kUsage, "--watermark and --no-watermark exclude each other", "choose one");
  if (options.no_watermark && options.reason.empty())
    throw Error(ErrorCode::kUsage, "--no-watermark needs a reason",
                "say it with --reason; it stands in the report, for whoever asks later");
  if (!options.no_watermark && !options.reason.empty())
    throw Error(ErrorCode::kUsage, "--reason is that of --no-watermark", "leave it out, or give both");
  if (has_control_character(options.reason))
    throw Error(ErrorCode::kUsage, "--reason holds control characters", "give one line of plain text");
}

std::optional<provenance::c2pa::PlateMark> find_plate_mark(media::FrameSource& plate,
                                                           const fs::path& registry) {
  const bool search = plate.info().frames.size() >= kSearchedPlate;
  const auto finding =
      recover_watermark(plate, {.most_frames = kFramesOfPlate, .near_keys = true, .search = search});
  if (!finding) return std::nullopt;
  const std::string id = provenance::watermark_id_text(finding->id);
  const bool known = !registry_copies(registry, id).empty();
  log_info(text("the plate carries the watermark ", id, " already, ",
                known ? "which the registry knows" : "which the registry does not know"));
  return provenance::c2pa::PlateMark{std::string(provenance::kWatermarkAlgorithm), id, known};
}

MergeWatermark::MergeWatermark(const MergeOptions& options, const media::SourceInfo& plate,
                               const std::string& urn, std::size_t frames)
    : allow_weak_(options.allow_weak_watermark), id_(provenance::watermark_id(urn)) {
  if (!marks(options)) {
    report_ = {{"state", "off"}, {"reason", why_not(options)}};
    return;
  }
  const auto& strength = frames < kShortClip ? provenance::kStillStrength : provenance::kVideoStrength;
  watermark_ = std::make_unique<provenance::Watermark>(id_, cv::Size(plate.format.width, plate.format.height),
                                                       strength);
  report_ = {{"id", provenance::watermark_id_text(id_)}, {"urn", urn}};
}

void MergeWatermark::mark(media::Picture& picture) {
  if (!watermark_) return;
  provenance::MarkedPlanes planes = marked_planes(picture);
  const double strength = watermark_->mark(planes);
  const std::lock_guard lock(mutex_);
  squares_ += strength * strength;
  ++frames_;
}

double MergeWatermark::strength() const {
  return frames_ == 0 ? 0 : std::sqrt(squares_ / static_cast<double>(frames_));
}

void MergeWatermark::recover(const fs::path& encoded, int threads) {
  if (!watermark_) return;
  const auto finding =
      recover_watermark(encoded, {.most_frames = kFramesToRecover, .search = false, .threads = threads});
  report_["strength"] = strength();
  if (finding && finding->id == id_) {
    report_["state"] = "recovered";
    report_["frames_read"] = finding->frames;
    report_["wrong_bits"] = finding->wrong_bits;
    report_["confidence"] = finding->confidence;
    return;
  }
  const bool few = frames_ < kFewFrames, faint = strength() < kFaint;
  const std::string why = few     ? text("the clip has ", frames_, " frames only")
                          : faint ? "the pictures are too dark or flat to carry much of it"
                                  : "the encoder left too little of it";
  if (!few && !faint && !allow_weak_)
    throw Error(
        ErrorCode::kResource,
        text("the watermark cannot be read from the encoded pictures, ", why, " (watermark_unreadable)"),
        "encode with a better --quality, or take it as it is with --allow-weak-watermark");
  log_warning(
      text("the watermark cannot be read from the encoded pictures: ", why, "; the report calls it weak"));
  report_["state"] = "weak";
  report_["why"] = why;
}

void MergeWatermark::describe(provenance::c2pa::Delivery& delivery) const {
  if (watermark_)
    delivery.watermark = {{std::string(provenance::kWatermarkAlgorithm), provenance::watermark_bytes(id_)}};
  delivery.settings["watermark"] = report_.at("state");
  for (const char* key : {"reason", "why"})
    if (report_.contains(key)) delivery.settings["watermark_reason"] = report_.at(key);
}

}  // namespace understudy::stages
