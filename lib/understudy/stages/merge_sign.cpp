#include "understudy/stages/merge_sign.h"

#include "understudy/core/files.h"
#include "understudy/core/frames.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/media/sink.h"
#include "understudy/provenance/c2pa/sign.h"
#include "understudy/stages/merge_digests.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/registry.h"

namespace fs = std::filesystem;
namespace c2pa = understudy::provenance::c2pa;

namespace understudy::stages {
namespace {

fs::path or_else(const fs::path& given, const char* name) {
  return given.empty() ? c2pa::data_home() / name : given;
}

c2pa::Signer open_signer(const SigningOptions& options) {
  if (!options.tsa_url.empty()) c2pa::check_time_stamp_address(options.tsa_url);
  if (options.key.empty() != options.certificate.empty())
    throw Error(ErrorCode::kUsage,
                options.key.empty() ? "--sign-cert was given without --sign-key"
                                    : "--sign-key was given without --sign-cert",
                "give both, or neither for the local authority");
  c2pa::Signer out = options.key.empty()
                         ? c2pa::local_signer(or_else(options.authority, "authority"), c2pa::now_utc())
                         : c2pa::read_signer(options.key, options.certificate, c2pa::now_utc());
  if (!options.tsa_url.empty())
    out.stamper = [url = options.tsa_url](std::string_view message) {
      return c2pa::ask_time_stamp_authority(url, message);
    };
  return out;
}

std::string last_day(const c2pa::Signer& signer) {
  return provenance::date_text(
      provenance::Date(std::chrono::floor<std::chrono::days>(signer.chain.front().not_after())));
}

}  // namespace

MergeSigner::MergeSigner(const MergeOptions& options, const MergeJob& job, media::FrameSource& plate,
                         const dataset::Dataset& dataset, const dataset::SourceRecord& source)
    : options_(options),
      frames_(job.wanted),
      all_frames_(frames_of_all_parts(options, plate.info())),
      time_base_(plate.info().time_base),
      registry_(or_else(options.signing.registry, "registry")),
      signer_(open_signer(options.signing)),
      delivery_(merge_delivery(options, job, plate.info(), dataset, source)) {
  make_folder(registry_);
  delivery_.plate_mark = find_plate_mark(plate, registry_);
  log_info(text("content credentials will be signed by '", signer_.chain.front().subject(), "'",
                signer_.self_issued ? ", which is self-issued" : "",
                signer_.stamper ? "; a time-stamp will be asked for"
                                : text("; without a time-stamp they hold until ", last_day(signer_))));
}

void MergeSigner::add_changed(const media::Frame& frame, std::vector<ChangedFace> faces) {
  if (faces.empty()) return;
  const double unit = time_base_.value();
  const std::int64_t first = frame.pts.value_or(frame.number - frames_.front());
  changed_.push_back({frame.number, static_cast<double>(first) * unit,
                      static_cast<double>(first + std::max<std::int64_t>(frame.duration, 1)) * unit,
                      std::move(faces)});
}

void MergeSigner::keep_copy(const c2pa::Delivery& delivery, const std::string& store) const {
  // The parts of a video are files of their own, under one name.
  const bool is_part = delivery.is_video && frames_ != all_frames_;
  keep_in_registry(registry_, c2pa::delivery_id(delivery.urn),
                   is_part ? frame_name(frames_.front()) + "-" + frame_name(frames_.back()) : "", store);
}

c2pa::Delivery MergeSigner::beside(const std::string& kind, const fs::path& path) const {
  c2pa::Delivery out = delivery_;
  out.urn = c2pa::delivery_urn(text(delivery_.urn, "|", kind));
  out.title = path.filename().string();
  out.settings["kind"] = kind;
  out.settings["delivery"] = delivery_.urn;
  out.settings["watermark"] = "off";
  out.settings["watermark_reason"] = kind + " is not marked";
  return out;
}

void MergeSigner::sign_beside(const fs::path& bound, const fs::path& shown,
                              const c2pa::Delivery& delivery) const {
  const std::string store = c2pa::sign_sidecar(bound, delivery, signer_);
  keep_copy(delivery, store);
  write_file(c2pa::sidecar_of(shown), store);
}

void MergeSigner::sign_whole(const fs::path& whole, const fs::path& shown,
                             const c2pa::Delivery& delivery) const {
  if (c2pa::holds_manifest(whole)) return keep_copy(delivery, c2pa::sign_file(whole, delivery, signer_));
  sign_beside(whole, shown, delivery);
}

void MergeSigner::sign_video(const fs::path& whole, const MergeWatermark& watermark) const {
  c2pa::Delivery delivery = delivery_;
  watermark.describe(delivery);
  delivery.changed = changed_regions(changed_, true);
  sign_whole(whole, options_.output, delivery);
}

void MergeSigner::sign_wipe(const fs::path& whole, const MergeWatermark& watermark) const {
  c2pa::Delivery delivery = beside("wipe", options_.wipe);
  watermark.describe(delivery);
  delivery.is_video = true;
  delivery.changed = changed_regions(changed_, true);
  sign_whole(whole, options_.wipe, delivery);
}

std::string MergeSigner::signed_sheet(std::string_view png) const {
  c2pa::Delivery delivery = beside("preview", options_.output);
  delivery.label.clear();  // previews have none
  c2pa::SignedBytes out = c2pa::sign_bytes(png, delivery, signer_);
  keep_copy(delivery, out.store);
  return std::move(out.file);
}

media::SequencePattern MergeSigner::picture_names() const {
  return media::sequence_names(options_.output, codec_for(options_.output, options_.codec));
}

void MergeSigner::begin_pictures() const {
  const auto begin = [](const media::SequencePattern& names, const std::string& urn) {
    const fs::path list = digests_file(names);
    fs::remove(c2pa::sidecar_of(list));
    write_json_file(list, unfinished_list(urn));
  };
  if (!delivery_.is_video) begin(picture_names(), delivery_.urn);
  if (!options_.elements.empty()) begin(media::sequence_names(options_.elements, "exr"), delivery_.urn);
}

void MergeSigner::sign_pictures(const MergeWatermark& watermark) const {
  if (delivery_.is_video) return;
  c2pa::Delivery delivery = delivery_;
  watermark.describe(delivery);
  sign_list(picture_names(), std::move(delivery));
}

void MergeSigner::sign_elements() const {
  c2pa::Delivery delivery = beside("elements", options_.elements);
  delivery.label.clear();  // elements have none
  delivery.is_video = false;
  sign_list(media::sequence_names(options_.elements, "exr"), std::move(delivery));
}

void MergeSigner::sign_list(const media::SequencePattern& names, c2pa::Delivery delivery) const {
  std::optional<PictureDigests> digests = digest_pictures(names, delivery.urn, frames_, changed_);
  if (frames_ != all_frames_) digests = join_parts(names, *digests, all_frames_);
  if (!digests) return log_info("the sequence is signed by the part of it that is merged last");
  const fs::path file = digests_file(names);
  write_json_file(file, to_json(*digests));
  delivery.title = file.filename().string();
  delivery.changed = changed_regions(digests->changed, false);
  sign_beside(file, file, delivery);
}

Json MergeSigner::report() const {
  const auto& mark = delivery_.plate_mark;
  return {{"urn", delivery_.urn},
          {"signer", signer_.chain.front().subject()},
          {"self_issued", signer_.self_issued},
          {"valid_until", last_day(signer_)},
          {"time_stamp", options_.signing.tsa_url.empty() ? Json() : Json(options_.signing.tsa_url)},
          {"plate_watermark", mark ? Json{{"id", mark->id}, {"in_registry", mark->in_registry}} : Json()}};
}

}  // namespace understudy::stages
