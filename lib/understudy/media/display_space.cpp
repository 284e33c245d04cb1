#include "understudy/media/display_space.h"

#include <algorithm>
#include <utility>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/ocio_map.h"
#include "understudy/media/tagged_map.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

// ITU-T H.273, table 3.
constexpr std::array kDisplayTransfers{1, 2, 4, 5, 6, 7, 11, 12, 13, 14, 15};
constexpr int kLinearTransfer = 8, kPqTransfer = 16, kHlgTransfer = 18;

constexpr const char* kSayWhatItIs =
    "say what it is with --color-space: one of understudy's own words, or with --ocio FILE a colour space of "
    "that "
    "OpenColorIO configuration";

/// Reserved numbers mean nothing, as 2 does.
bool is_display(int transfer) {
  return std::ranges::find(kDisplayTransfers, transfer) != kDisplayTransfers.end() || transfer == 0 ||
         transfer == 3 || transfer > kHlgTransfer;
}

std::string transfer_of(const PictureFormat& plate) {
  if (!plate.foreign_transfer.empty())
    throw Error(ErrorCode::kFormat,
                text("the plate's codes are '", plate.foreign_transfer, "', which is not known here"),
                kSayWhatItIs);
  if (plate.transfer == kPqTransfer) return "pq";
  if (plate.transfer == kHlgTransfer) return "hlg";
  if (plate.transfer == kLinearTransfer) return "linear";
  if (is_display(plate.transfer)) return "display";
  throw Error(
      ErrorCode::kFormat,
      text("the plate's transfer function, number ", plate.transfer, " of ITU-T H.273, is not known here"),
      kSayWhatItIs);
}

ColorSpace space_of(const PictureFormat& plate) {
  constexpr int kUnspecified = 2;
  ColorSpace out{transfer_of(plate), kBt709Primaries};
  if (plate.chromaticities) {
    std::ranges::copy(*plate.chromaticities, out.primaries.begin());
  } else if (plate.primaries == kUnspecified && (out.transfer == "pq" || out.transfer == "hlg")) {
    out.primaries = kBt2020Primaries;
  } else {
    const auto tagged = primaries_of_tag(plate.primaries);
    if (!tagged) throw Error(ErrorCode::kFormat, "the plate's colours are CIE XYZ", kSayWhatItIs);
    out.primaries = *tagged;
  }
  return out;
}

ColorSpace tagged_record(const Json& record, const char* where) {
  ColorSpace out{json_field<std::string>(record, "transfer", where),
                 json_field<std::array<double, 8>>(record, "primaries", where)};
  const std::vector<std::string> known = transfers().names();
  if (std::ranges::find(known, out.transfer) == known.end())
    throw Error(ErrorCode::kFormat, text(where, ": the transfer function '", out.transfer, "' is not known"),
                "use the version of Understudy that extracted the plate");
  return out;
}

/// Rows of a frame that are worked on at a time: they stay in the cache.
constexpr int kBand = 16;

}  // namespace

// To add one: a row here, and in docs/tools/extract.md.
const Table<ColorSpace>& color_spaces() {
  constexpr Chromaticities kP3{0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290};
  constexpr Chromaticities kAp0{0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.0770, 0.32168, 0.33767};
  constexpr Chromaticities kAp1{0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767};
  static const Table<ColorSpace> table(
      "colour space",
      {{"bt709", "BT.709, BT.601, sRGB: codes are display values", {"display", kBt709Primaries}},
       {"bt2020", "BT.2020 of standard range", {"display", kBt2020Primaries}},
       {"display-p3", "sRGB's curve with the primaries P3", {"display", kP3}},
       {"pq", "SMPTE ST 2084 (HDR10), BT.2020", {"pq", kBt2020Primaries}},
       {"pq-p3", "SMPTE ST 2084 with the primaries P3", {"pq", kP3}},
       {"hlg", "ARIB STD-B67, BT.2020", {"hlg", kBt2020Primaries}},
       {"linear", "light, BT.709", {"linear", kBt709Primaries}},
       {"linear-bt2020", "light, BT.2020", {"linear", kBt2020Primaries}},
       {"linear-p3", "light, P3 with D65", {"linear", kP3}},
       {"acescg", "light, AP1", {"linear", kAp1}},
       {"aces2065-1", "light, AP0", {"linear", kAp0}}});
  return table;
}

DisplaySpace::DisplaySpace(std::shared_ptr<const ColorMap> map, Json record)
    : map_(std::move(map)), record_(std::move(record)) {}

DisplaySpace DisplaySpace::tagged(const ColorSpace& space) {
  auto map = tagged_map(space.transfer, space.primaries);
  if (map == nullptr) return {};
  return {std::move(map), {{"transfer", space.transfer}, {"primaries", space.primaries}}};
}

DisplaySpace DisplaySpace::of_config(const fs::path& config, const std::string& name) {
  OcioSpace space = ocio_space(config, name);
  return {std::move(space.map), {{"ocio_space", name}, {"ocio_sha256", space.sha256}}};
}

DisplaySpace DisplaySpace::of(const PictureFormat& plate, const ColorSpaceChoice& choice) {
  if (choice.name.empty()) return tagged(space_of(plate));
  for (const auto& word : color_spaces())
    if (word.name == choice.name) return tagged(word.value);
  if (choice.ocio.empty())
    throw Error(ErrorCode::kUsage, text("unknown colour space '", choice.name, "'"),
                text("choose one of: ", joined(color_spaces().names()),
                     "; or name an OpenColorIO configuration that has it with --ocio"));
  return of_config(choice.ocio, choice.name);
}

DisplaySpace DisplaySpace::from_record(const Json& record, const fs::path& ocio) {
  if (record.is_null()) return {};
  constexpr const char* kWhere = "the plate's colour space";
  if (!record.contains("ocio_space")) return tagged(tagged_record(record, kWhere));
  const auto name = json_field<std::string>(record, "ocio_space", kWhere);
  if (ocio.empty())
    throw Error(ErrorCode::kInput,
                text("the plate's colours are '", name, "' of an OpenColorIO configuration"),
                "say where it is with --ocio");
  DisplaySpace out = of_config(ocio, name);
  if (out.record_ != record)
    throw Error(ErrorCode::kInput,
                text(ocio.string(),
                     " is not the OpenColorIO configuration that the plate was extracted with: its "
                     "content is another"),
                "name that one with --ocio, or extract the plate anew");
  return out;
}

cv::Mat DisplaySpace::bgr(const Picture& picture, cv::Rect roi) const {
  cv::Mat out = picture.bgr(roi);
  if (map_) map_->to_display(out);
  return out;
}

cv::Mat DisplaySpace::bgr8(const Picture& picture) const {
  if (!map_) return picture.bgr8();
  const PictureFormat& format = picture.format();
  cv::Mat out(format.height, format.width, CV_8UC3);
  for (int y = 0; y < format.height; y += kBand) {
    const cv::Rect band(0, y, format.width, std::min(kBand, format.height - y));
    bgr(picture, band).convertTo(out(band), CV_8U, 255);
  }
  return out;
}

void DisplaySpace::blend_bgr(Picture& picture, cv::Rect roi, const cv::Mat& bgr, const cv::Mat& matte) const {
  if (!map_) return picture.blend_bgr(roi, bgr, matte);
  cv::Mat coded = bgr.clone();
  map_->to_coded(coded);
  picture.blend_bgr(roi, coded, matte);
}

}  // namespace understudy::media
