#include "understudy/media/picture_file.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/picture_head.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

using Model = PictureFormat::Model;
using Sample = PictureFormat::Sample;

std::unique_ptr<OIIO::ImageInput> open_picture(const fs::path& path) {
  OIIO::ImageSpec config;
  config.attribute("oiio:UnassociatedAlpha", 1);  // straight alpha stays straight
  std::error_code error;
  if (!fs::exists(path, error)) throw Error(ErrorCode::kInput, text("there is no ", path.string()));
  check_picture_head(path);
  auto input = OIIO::ImageInput::open(path.string(), &config);
  if (input == nullptr)
    throw Error(ErrorCode::kInput, text("cannot read the picture ", path.string(), ": ", OIIO::geterror()));
  input->threads(1);
  const std::string format = input->format_name();
  constexpr std::array<std::string_view, 5> kRead{"png", "jpeg", "tiff", "openexr", "dpx"};
  if (std::find(kRead.begin(), kRead.end(), format) == kRead.end())
    throw Error(ErrorCode::kFormat,
                text(path.string(), " holds ", format, "; PNG, JPEG, TIFF, EXR or DPX was expected"));
  return input;
}

int channel_named(const OIIO::ImageSpec& spec, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const int index = spec.channelindex(name);
    if (index >= 0) return index;
  }
  return -1;
}

/// Positions of R, G, B or of grey, then of alpha; empty when there is no colour.
std::vector<int> channels_of(const OIIO::ImageSpec& spec) {
  std::vector<int> channels{channel_named(spec, {"R"}), channel_named(spec, {"G"}),
                            channel_named(spec, {"B"})};
  if (*std::min_element(channels.begin(), channels.end()) < 0) {
    channels = {channel_named(spec, {"Y", "I", "L"})};
    const bool subsampled_color = spec.channelindex("RY") >= 0 || spec.channelindex("BY") >= 0;
    if (channels[0] < 0 || subsampled_color) return {};
  }
  const int alpha = channel_named(spec, {"A"});
  if (alpha >= 0) channels.push_back(alpha);
  return channels;
}

int rotation_of(const OIIO::ImageSpec& spec, const fs::path& path) {
  switch (const int orientation = spec.get_int_attribute("Orientation", 1)) {
    case 1:
      return 0;
    case 3:
      return 180;
    case 6:
      return 90;
    case 8:
      return 270;
    default:
      throw Error(ErrorCode::kFormat,
                  text(path.string(), " has the orientation ", orientation, ", which mirrors it"),
                  "save it upright first");
  }
}

void set_samples(PictureFormat& format, const OIIO::ImageSpec& spec, const std::vector<int>& channels,
                 const fs::path& path) {
  OIIO::TypeDesc type = spec.channelformat(channels.front());
  for (const int channel : channels)
    if (spec.channelformat(channel).basetype == OIIO::TypeDesc::FLOAT) type = OIIO::TypeDesc::FLOAT;
  switch (type.basetype) {
    case OIIO::TypeDesc::UINT8:
      format.sample = Sample::kU8;
      break;
    case OIIO::TypeDesc::UINT16:
      format.sample = Sample::kU16;
      break;
    case OIIO::TypeDesc::HALF:
      format.sample = Sample::kHalf;
      break;
    case OIIO::TypeDesc::FLOAT:
      format.sample = Sample::kFloat;
      break;
    default:
      throw Error(ErrorCode::kFormat, text(path.string(), " has samples of type ", type.c_str()),
                  "8 or 16 bits, half or float were expected");
  }
  const int held = format.sample == Sample::kU8 ? 8 : 16;
  format.bits =
      format.is_float() ? 16 : std::clamp(spec.get_int_attribute("oiio:BitsPerSample", held), 8, held);
  if (format.bits == 8 && format.sample == Sample::kU16) format.bits = 16;
}

void set_color(PictureFormat& format, const OIIO::ImageSpec& spec, const std::string& file_format) {
  format.matrix = 0;
  const OIIO::string_view space = spec.get_string_attribute("oiio:ColorSpace");
  if (space == "sRGB") {
    format.primaries = 1;
    format.transfer = 13;
  } else if (space == "Rec709") {
    format.primaries = format.transfer = 1;
  } else if (file_format == "openexr") {
    format.transfer = 8;
  }
  std::array<float, 8> chromaticities{};
  if (spec.getattribute("chromaticities", OIIO::TypeDesc(OIIO::TypeDesc::FLOAT, 8), chromaticities.data()))
    format.chromaticities = chromaticities;
  // DPX writers say "Linear" of any video, so only its logarithms are believed.
  const OIIO::string_view dpx = spec.get_string_attribute("dpx:Transfer");
  if (dpx == "Logarithmic" || dpx == "Printing density") format.foreign_transfer = dpx;
}

std::optional<Rational> frame_rate_of(const OIIO::ImageSpec& spec) {
  std::array<int, 2> rate{};
  if (spec.getattribute("FramesPerSecond", OIIO::TypeRational, rate.data()) && rate[0] > 0 && rate[1] > 0)
    return Rational{rate[0], rate[1]};
  for (const char* name : {"dpx:FrameRate", "dpx:TemporalFrameRate", "dpx:FilmFrameRate"}) {
    const float value = spec.get_float_attribute(name, 0);
    if (value >= 1 && value < 1000) return Rational{static_cast<int>(value * 1000 + 0.5F), 1000};
  }
  return std::nullopt;
}

PictureHeader header_of(const OIIO::ImageInput& input, const fs::path& path) {
  PictureHeader header;
  header.spec = input.spec();
  const OIIO::ImageSpec& spec = header.spec;
  constexpr std::int64_t kMostPixels = std::int64_t{1} << 28;
  if (spec.width <= 0 || spec.height <= 0 || std::int64_t{spec.width} * spec.height > kMostPixels ||
      spec.nchannels > 256)
    throw Error(ErrorCode::kFormat,
                text(path.string(), " claims ", spec.width, "x", spec.height, " pixels with ", spec.nchannels,
                     " channels, which is more than is read"));
  const std::vector<int> channels = channels_of(spec);
  if (spec.deep || channels.empty())
    throw Error(
        ErrorCode::kFormat,
        text(path.string(), spec.deep ? " is a deep picture" : " has neither R, G, B nor a grey channel"),
        "flatten it to R, G, B first");
  header.rotation = rotation_of(spec, path);
  PictureFormat& format = header.format;
  format.width = spec.width;
  format.height = spec.height;
  if (header.rotation % 180 != 0) std::swap(format.width, format.height);
  format.model = channels.size() >= 3 ? Model::kRgb : Model::kGray;
  format.alpha = channels.size() % 2 == 0;
  format.premultiplied = format.alpha && spec.get_int_attribute("oiio:UnassociatedAlpha", 0) == 0;
  set_samples(format, spec, channels, path);
  set_color(format, spec, input.format_name());
  for (int i = 0; i < spec.nchannels; ++i)
    if (std::find(channels.begin(), channels.end(), i) == channels.end())
      header.dropped += (header.dropped.empty() ? "" : ", ") + spec.channelnames[static_cast<std::size_t>(i)];
  header.frame_rate = frame_rate_of(spec);
  return header;
}

}  // namespace

OIIO::TypeDesc memory_type(const PictureFormat& format) {
  if (format.is_float()) return OIIO::TypeDesc::FLOAT;
  return format.sample == Sample::kU8 ? OIIO::TypeDesc::UINT8 : OIIO::TypeDesc::UINT16;
}

PictureHeader read_picture_header(const fs::path& path) {
  return header_of(*open_picture(path), path);
}

Picture read_picture(const fs::path& path, const PictureHeader& expected) {
  const auto input = open_picture(path);
  const PictureHeader header = header_of(*input, path);
  if (!header.format.same_layout(expected.format))
    throw Error(ErrorCode::kFormat, text(path.string(), " is ", header.format.describe(), ", expected ",
                                         expected.format.describe()));
  const std::vector<int> channels = channels_of(header.spec);
  const auto [low, high] = std::minmax_element(channels.begin(), channels.end());
  PictureFormat stored = header.format;
  stored.width = header.spec.width;
  stored.height = header.spec.height;
  cv::Mat samples(stored.height, stored.width,
                  CV_MAKETYPE(CV_MAT_DEPTH(stored.mat_type()), *high - *low + 1));
  if (!input->read_image(0, 0, *low, *high + 1, memory_type(stored), samples.data))
    throw Error(ErrorCode::kInput, text("the picture ", path.string(), " is damaged: ", input->geterror()));
  Picture picture = Picture::uninitialized(stored);
  for (int i = 0; i < stored.plane_count(); ++i) {
    cv::extractChannel(samples, picture.plane(i), channels[static_cast<std::size_t>(i)] - *low);
    // OpenImageIO stretches 10 and 12 bits to 16; the upper ones are the stored code.
    if (stored.sample == Sample::kU16 && stored.bits < 16)
      picture.plane(i).convertTo(picture.plane(i), CV_16U, 1.0 / (1 << (16 - stored.bits)), -0.4999);
  }
  return picture.rotated(header.rotation);
}

void use_one_thread_per_picture() {
  static std::once_flag once;
  std::call_once(once, [] {
    OIIO::attribute("threads", 1);
    OIIO::attribute("exr_threads", -1);
  });
}

}  // namespace understudy::media
