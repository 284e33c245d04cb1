#include "understudy/media/layered_exr.h"

#include <OpenImageIO/filesystem.h>

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/frames.h"
#include "understudy/core/text.h"
#include "understudy/media/picture_file.h"
#include "understudy/media/sequence_path.h"
#include "understudy/media/timecode.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

OIIO::ImageSpec spec_of(cv::Size size, const std::vector<ExrChannel>& channels) {
  OIIO::ImageSpec spec(size.width, size.height, static_cast<int>(channels.size()), OIIO::TypeDesc::FLOAT);
  spec.channelnames.clear();
  for (const ExrChannel& channel : channels) {
    spec.channelnames.push_back(channel.name);
    spec.channelformats.emplace_back(channel.half ? OIIO::TypeDesc::HALF : OIIO::TypeDesc::FLOAT);
  }
  spec.alpha_channel = -1;  // those of the layers are theirs alone
  return spec;
}

/// False when OpenImageIO could not do it.
bool encode(OIIO::ImageOutput& output, const OIIO::ImageSpec& spec, const LayeredExrWriter::Fill& fill) {
  constexpr int kBand = 16;  // what ZIP compresses at once
  cv::Mat samples(kBand, spec.width, CV_32FC(spec.nchannels));
  for (int y = 0; y < spec.height; y += kBand) {
    cv::Mat rows = samples.rowRange(0, std::min(kBand, spec.height - y));
    rows.setTo(0);
    fill(y, rows);
    if (!output.write_scanlines(spec.y + y, spec.y + y + rows.rows, 0, OIIO::TypeDesc::FLOAT, rows.data))
      return false;
  }
  return true;
}

}  // namespace

PlateWindow plate_window(const SourceInfo& plate) {
  const cv::Size size(plate.format.width, plate.format.height);
  if (!plate.is_sequence) return {{0, 0}, size};
  const OIIO::ImageSpec spec = read_picture_header(list_pictures(plate.path).front().path).spec;
  if (spec.width != size.width || spec.height != size.height) return {{0, 0}, size};  // it was turned upright
  return {{spec.x - spec.full_x, spec.y - spec.full_y}, {spec.full_width, spec.full_height}};
}

LayeredExrWriter::LayeredExrWriter(fs::path folder, const SourceInfo& plate, std::vector<ExrChannel> channels,
                                   std::map<std::string, std::string> metadata)
    : folder_(std::move(folder)),
      size_(plate.format.width, plate.format.height),
      channels_(std::move(channels)),
      metadata_(std::move(metadata)),
      pixel_aspect_(static_cast<float>(plate.sample_aspect.value())),
      rate_(plate.frame_rate),
      first_frame_(plate.frames.empty() ? 0 : plate.frames.front()) {
  use_one_thread_per_picture();
  std::error_code ignored;
  if (fs::exists(folder_, ignored) && !fs::is_directory(folder_, ignored))
    throw Error(ErrorCode::kUsage, text(folder_.string(), " is a file; EXR pictures need a folder"),
                "name a folder");
  make_folder(folder_);
  if (!plate.is_sequence) {
    if (plate.constant_rate) first_timecode_ = plate.timecode;
    return;
  }
  for (NumberedPicture& picture : list_pictures(plate.path))
    plates_pictures_[picture.number] = std::move(picture.path);
}

void LayeredExrWriter::write(std::int64_t number, const Fill& fill) const {
  OIIO::ImageSpec spec = spec_of(size_, channels_);
  if (const auto own = plates_pictures_.find(number); own != plates_pictures_.end())
    carry_attributes(read_picture_header(own->second).spec, spec);
  for (const auto& [key, value] : metadata_) spec.attribute(key, value);
  spec.attribute("PixelAspectRatio", pixel_aspect_);
  spec.attribute("imageCounter", static_cast<int>(number));
  spec.attribute("compression", "zip");
  if (rate_) {
    const std::array<int, 2> rate{rate_->num, rate_->den};
    spec.attribute("FramesPerSecond", OIIO::TypeRational, rate.data());
  }
  if (rate_ && first_timecode_)
    if (const auto code = packed_timecode(*first_timecode_, *rate_, number - first_frame_))
      spec.attribute("smpte:TimeCode", OIIO::TypeTimeCode, code->data());

  const fs::path path = folder_ / (frame_name(number) + ".exr");
  const auto output = OIIO::ImageOutput::create("openexr");
  if (output == nullptr) throw Error(ErrorCode::kResource, "OpenImageIO cannot write openexr");
  output->threads(1);
  // Into memory first: the file is then written by our own code, which notices a full disk.
  std::vector<unsigned char> bytes;
  OIIO::Filesystem::IOVecOutput memory(bytes);
  output->set_ioproxy(&memory);
  if (!output->open(path.string(), spec) || !encode(*output, spec, fill) || !output->close())
    throw Error(ErrorCode::kResource, text("cannot encode ", path.string(), ": ", output->geterror()));
  write_file(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace understudy::media
