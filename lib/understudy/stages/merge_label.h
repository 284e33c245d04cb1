#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <span>
#include <string>

#include "understudy/core/json.h"
#include "understudy/media/display_space.h"
#include "understudy/media/source.h"
#include "understudy/provenance/consent.h"
#include "understudy/stages/delivery_profile.h"

namespace understudy::stages {

/// A visible label that is burnt in: words, or a picture.
struct LabelChoice {
  std::string words;                ///< UTF-8; empty where there is a picture
  std::filesystem::path file;       ///< a picture, with alpha where it has some
  double seconds = 0;               ///< from the first frame on; 0: throughout
  std::filesystem::path font = {};  ///< of the words, see Letters
};

/// The label that `asked` ("", "none", words or a picture's file), the profile and the records make:
/// a record may demand one, and the basis internal-test brings the test's words with it. Nothing: none.
/// Throws Error kUsage when "none" is asked and there must be one or for words that cannot be drawn (see
/// Letters), kInput for a picture's file or a font that is not there.
std::optional<LabelChoice> choose_label(const std::string& asked, const DeliveryProfile& profile,
                                        std::span<const provenance::ConsentSummary> consents,
                                        const std::filesystem::path& font = {});

/// Draws a label at the top left of the title-safe area (SMPTE ST 2046-1: the inner 90 %), words 5 % of the
/// shorter side high on a dark ground. May be used by several threads at once.
class LabelPainter {
 public:
  /// `first_frame`: of those that are written. Throws Error kFormat for a file that is no picture.
  LabelPainter(LabelChoice choice, const media::SourceInfo& plate, media::DisplaySpace space,
               std::int64_t first_frame);

  /// Changes the samples of the label's place alone, in the picture's own codes.
  void paint(media::Picture& picture, std::int64_t number) const;
  /// The picture's file; empty where there are words.
  const std::filesystem::path& file() const { return choice_.file; }
  /// The words, or the picture's file name.
  std::string said() const;
  /// For reports: {"words", "file", "box": [x, y, width, height], "first_frame", "last_frame"}; the last
  /// frame is null where the label stands throughout.
  Json record() const;

 private:
  LabelChoice choice_;
  media::DisplaySpace space_;
  std::int64_t first_frame_;
  std::optional<std::int64_t> last_frame_;
  cv::Rect box_;
  cv::Mat colors_, matte_;
};

}  // namespace understudy::stages
