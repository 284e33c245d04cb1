#include "understudy/stages/merge_sign.h"

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/media/sink.h"
#include "understudy/provenance/c2pa/sign.h"
#include "understudy/stages/merge_digests.h"
#include "understudy/stages/merge_output.h"

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

MergeSigner::MergeSigner(const MergeOptions& options, const MergeJob& job, const media::SourceInfo& plate,
                         const dataset::Dataset& dataset, const dataset::SourceRecord& source)
    : options_(options),
      frames_(job.wanted),
      all_frames_(frames_of_all_parts(options, plate)),
      time_base_(plate.time_base),
      registry_(or_else(options.signing.registry, "registry")),
      signer_(open_signer(options.signing)),
      delivery_(merge_delivery(options, job, plate, dataset, source)) {
  make_folder(registry_);
  log_info(text("content credentials will be signed by '", signer_.chain.front().subject(), "'",
                signer_.self_issued ? ", which is self-issued" : "",
                signer_.stamper ? "; a time-stamp will be asked for"
                                : text("; without a time-stamp they hold until ", last_day(signer_))));
}

void MergeSigner::add_changed(const media::Frame& frame, std::vector<ChangedFace> faces) {
  if (faces.empty()) return;
  const double unit = delivery_.is_video ? time_base_.value() : 0;
  const std::int64_t first = frame.pts.value_or(frame.number - frames_.front());
  changed_.push_back({frame.number, static_cast<double>(first) * unit,
                      static_cast<double>(first + std::max<std::int64_t>(frame.duration, 1)) * unit,
                      std::move(faces)});
}

void MergeSigner::keep_copy(const std::string& store) const {
  write_file(registry_ / (c2pa::delivery_id(delivery_.urn) + ".c2pa"), store);
}

void MergeSigner::sign_beside(const fs::path& bound, const fs::path& shown,
                              const c2pa::Delivery& delivery) const {
  const std::string store = c2pa::sign_sidecar(bound, delivery, signer_);
  keep_copy(store);
  write_file(c2pa::sidecar_of(shown), store);
}

void MergeSigner::sign_video(const fs::path& whole, const MergeWatermark& watermark) const {
  c2pa::Delivery delivery = delivery_;
  watermark.describe(delivery);
  delivery.changed = changed_regions(changed_, true);
  if (c2pa::holds_manifest(whole)) return keep_copy(c2pa::sign_file(whole, delivery, signer_));
  sign_beside(whole, options_.output, delivery);
}

void MergeSigner::sign_pictures(const MergeWatermark& watermark) const {
  if (delivery_.is_video) return;
  const media::SequencePattern names =
      media::sequence_names(options_.output, codec_for(options_.output, options_.codec));
  std::optional<PictureDigests> digests = digest_pictures(names, delivery_.urn, frames_, changed_);
  if (frames_ != all_frames_) digests = join_parts(names, *digests, all_frames_);
  if (!digests) return log_info("the sequence is signed by the part of it that is merged last");
  const fs::path file = digests_file(names);
  write_json_file(file, to_json(*digests));
  c2pa::Delivery delivery = delivery_;
  watermark.describe(delivery);
  delivery.title = file.filename().string();
  delivery.changed = changed_regions(digests->changed, false);
  sign_beside(file, file, delivery);
}

Json MergeSigner::report() const {
  return {{"urn", delivery_.urn},
          {"signer", signer_.chain.front().subject()},
          {"self_issued", signer_.self_issued},
          {"valid_until", last_day(signer_)},
          {"time_stamp", options_.signing.tsa_url.empty() ? Json() : Json(options_.signing.tsa_url)}};
}

}  // namespace understudy::stages
