#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/stages/common.h"
#include "understudy/stages/delivery_profile.h"
#include "understudy/stages/merge_look.h"
#include "understudy/stages/signing_options.h"

namespace understudy::stages {

struct MergeOptions {
  CommonOptions common;
  ConsentOptions consents;
  std::filesystem::path dataset;      ///< of the performer
  std::string name = "swap";          ///< reads DATASET/convert/NAME
  std::string source;                 ///< id of the source in the dataset; empty: the only one there is
  std::filesystem::path plate;        ///< where the plate is now; empty: where it was when it was extracted
  std::filesystem::path output;       ///< a video, or a folder or pattern for pictures
  std::filesystem::path parts;        ///< where parts of the output are merged first, see merge_parts.h
  std::filesystem::path matte;        ///< a folder for a PNG a frame, or an .mkv file; empty: none
  std::filesystem::path ocio;         ///< the OpenColorIO configuration that extract used, where it used one
  std::filesystem::path elements;     ///< a folder for layered EXR pictures and tracks; empty: none
  std::filesystem::path wipe;         ///< a video that wipes between plate and result; empty: none
  std::vector<std::int64_t> preview;  ///< only a sheet of these frames is made: `output` is its .png then
  std::filesystem::path matte_in;     ///< mattes that were drawn, see roto_matte.h; empty: none
  DeliveryOptions delivery;           ///< what it is made for
  MergeLook look;
  std::filesystem::path shot;  ///< how the look changes over the frames, see merge_shot.h; empty: it does not
  std::filesystem::path cast;  ///< who gets which conversion, see merge_cast.h; empty: all get `name`
  std::string person;          ///< whose faces are merged; empty: everybody's
  std::filesystem::path upscale;        ///< a super-resolution network, see vision/upscaler.h; empty: none
  int bridge = 3;                       ///< so many frames without a face inside a track are bridged
  std::vector<std::string> fail_above;  ///< limits of quality, see merge_quality.h
  /// Sigma of what steadies the measured along a track; 0: nothing does.
  double steady_frames = kSteadyFrames;
  std::string codec;              ///< empty: by the output's extension
  std::optional<double> quality;  ///< CRF where the codec has it, lower is better; else the codec's default
  std::string preset;             ///< of the encoder; empty: its default
  SigningOptions signing;
  bool watermark = false;     ///< also where the codec is not one of deliveries
  bool no_watermark = false;  ///< also where it is; needs `reason`, which the report repeats
  std::string reason;
  bool allow_weak_watermark = false;  ///< a mark that cannot be read again is no error
};

/// Puts the swapped faces of DATASET/convert/NAME back into the plate and encodes it, with the plate's sound,
/// timing and colour tags. Pixels outside the matte are those of the decoded plate. A face that cannot be had
/// is a failure in the report, and its frame keeps the plate's face. Deliveries are watermarked all over, see
/// merge_watermark.h. Nothing appears under the output's name before it is whole and its content credentials
/// are signed. With `preview` set nothing is merged: see merge_preview.h.
///
/// Throws Error kUsage (unknown mode, output and plate are one), kInput (no convert, no plate, another
/// plate, a matte_in that does not fit), kFormat (a key or certificate that cannot sign, a plate whose own
/// credentials are invalid), kRefused (consent of the dataset or the model), kResource (the watermark cannot
/// be read from what was encoded).
Outcome merge(const MergeOptions& options, Run& run);

}  // namespace understudy::stages
