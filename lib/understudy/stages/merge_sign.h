#pragma once

#include <filesystem>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/media/sequence_path.h"
#include "understudy/provenance/c2pa/signer.h"
#include "understudy/stages/merge_delivery.h"
#include "understudy/stages/merge_regions.h"
#include "understudy/stages/merge_watermark.h"

namespace understudy::stages {

/// Gives a merge's output its content credentials, as the last step.
class MergeSigner {
 public:
  /// Reads the key, or makes the local authority, so that what is wrong with them is known before any work.
  /// Looks for a mark in the plate, whose selection is another then. Throws Error kUsage for a key without a
  /// certificate, else as c2pa::read_signer() and merge_delivery().
  MergeSigner(const MergeOptions& options, const MergeJob& job, media::FrameSource& plate,
              const dataset::Dataset& dataset, const dataset::SourceRecord& source);

  /// The name of the delivery's manifest.
  const std::string& urn() const { return delivery_.urn; }
  /// Notes a frame and what was changed in it, if anything was. Frames come in ascending order.
  void add_changed(const media::Frame& frame, std::vector<ChangedFace> faces);

  /// Puts the list of a merge that is not finished in the place of the list of pictures, and takes away what
  /// signed an earlier one. The same for elements, where there are some. Nothing for videos.
  void begin_pictures() const;

  /// All frames of which add_changed() told, for the list of a part: those with a change, without times.
  const std::vector<ChangedFrame>& changed() const { return changed_; }

  /// Signs a video that is whole and does not have its name yet: in itself (MP4, MOV), or in a file beside
  /// the output (others). Throws Error kFormat, kResource.
  void sign_video(const std::filesystem::path& whole, const MergeWatermark& watermark) const;
  /// Signs the digests of a sequence's pictures; a part of a sequence leaves its own for the others. Nothing
  /// for videos. Throws as sign_video().
  void sign_pictures(const MergeWatermark& watermark) const;

  /// Signs a wipe that is whole, as sign_video(), under a name of its own. It shows the delivery's pictures
  /// and their watermark.
  void sign_wipe(const std::filesystem::path& whole, const MergeWatermark& watermark) const;
  /// Signs the digests of the elements' pictures, as sign_pictures().
  void sign_elements() const;
  /// The sheet of a preview, a PNG, with its credentials in it.
  std::string signed_sheet(std::string_view png) const;

  /// {"urn","signer","self_issued","valid_until","time_stamp","plate_watermark"}.
  Json report() const;

 private:
  /// What this merge writes beside its output, without a watermark.
  provenance::c2pa::Delivery beside(const std::string& kind, const std::filesystem::path& path) const;
  void sign_whole(const std::filesystem::path& whole, const std::filesystem::path& shown,
                  const provenance::c2pa::Delivery& delivery) const;
  void sign_beside(const std::filesystem::path& bound, const std::filesystem::path& shown,
                   const provenance::c2pa::Delivery& delivery) const;
  void sign_list(const media::SequencePattern& names, provenance::c2pa::Delivery delivery) const;
  media::SequencePattern picture_names() const;
  void keep_copy(const provenance::c2pa::Delivery& delivery, const std::string& store) const;

  const MergeOptions& options_;
  std::vector<std::int64_t> frames_, all_frames_;
  media::Rational time_base_;
  std::filesystem::path registry_;
  provenance::c2pa::Signer signer_;
  provenance::c2pa::Delivery delivery_;
  std::vector<ChangedFrame> changed_;
};

}  // namespace understudy::stages
