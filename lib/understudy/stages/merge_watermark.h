#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "understudy/core/json.h"
#include "understudy/media/picture.h"
#include "understudy/media/source.h"
#include "understudy/provenance/c2pa/manifest.h"
#include "understudy/provenance/watermark/mark.h"
#include "understudy/stages/merge.h"
#include "understudy/stages/merge_frame.h"

namespace understudy::stages {

/// Throws Error kUsage when the options of the watermark contradict each other or a reason lacks.
void check_watermark_options(const MergeOptions& options);

/// The watermark that a plate carries already, by a few of its frames; nothing when there is none. A plate of
/// under 240 frames is not searched for one that was cropped or stretched since. Selects frames in it.
/// `registry`: see SigningOptions.
std::optional<provenance::c2pa::PlateMark> find_plate_mark(media::FrameSource& plate,
                                                           const std::filesystem::path& registry);

/// The watermark of a merge and what becomes of it: see docs/watermark.md.
class MergeWatermark {
 public:
  /// `urn` is the name of the delivery's manifest, `frames` how many will be marked.
  MergeWatermark(const MergeOptions& options, const media::SourceInfo& plate, const std::string& urn,
                 std::size_t frames);

  /// Marks a finished picture, where this merge marks at all. Thread-safe.
  void mark(media::Picture& picture);

  /// Reads the mark from what was encoded. Where it cannot be read, a clip that was too short, dark or flat
  /// for it, or one of --allow-weak-watermark, counts as weak; for others throws Error kResource
  /// (watermark_unreadable).
  void recover(const std::filesystem::path& encoded, int threads);

  /// Tells of it in the manifest: the mark as its soft binding, or why there is none.
  void describe(provenance::c2pa::Delivery& delivery) const;

  /// {"state": "recovered", "weak" or "off", ...} for the report; docs/tools/merge.md describes it.
  const Json& report() const { return report_; }

 private:
  double strength() const;

  bool allow_weak_;
  std::uint64_t id_;
  std::unique_ptr<const provenance::Watermark> watermark_;  ///< null: this merge does not mark
  std::mutex mutex_;
  double squares_ = 0;  ///< of each frame's strength
  std::size_t frames_ = 0;
  Json report_;
};

}  // namespace understudy::stages
