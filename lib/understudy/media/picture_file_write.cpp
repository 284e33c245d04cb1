#include <OpenImageIO/filesystem.h>

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/media/picture_file.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

using Model = PictureFormat::Model;
using Sample = PictureFormat::Sample;

/// `picture` in the layout `target`, through display values; exact where target holds all codes of the
/// picture.
Picture converted(const Picture& picture, const PictureFormat& target) {
  if (picture.format().same_layout(target)) return picture;
  Picture out = Picture::uninitialized(target);
  const double top = target.is_float() ? 1.0 : (1 << target.bits) - 1.0;
  constexpr int kBand = 64;
  for (int y = 0; y < target.height; y += kBand) {
    const cv::Rect band(0, y, target.width, std::min(kBand, target.height - y));
    const cv::Mat bgr = picture.bgr(band);
    cv::Mat channel;
    for (int p = 0; p < target.color_planes(); ++p) {
      cv::extractChannel(bgr, channel, 2 - p);
      channel.convertTo(out.plane(p)(band), target.mat_type(), top);
    }
  }
  if (target.alpha) {
    const int plane = target.plane_count() - 1;
    const PictureFormat& from = picture.format();
    const double from_top = from.is_float() ? 1.0 : (1 << from.bits) - 1.0;
    picture.plane(from.plane_count() - 1).convertTo(out.plane(plane), target.mat_type(), top / from_top);
  }
  return out;
}

Picture premultiplied(const Picture& picture) {
  Picture out = picture.clone();
  const int alpha = picture.format().plane_count() - 1;
  for (int p = 0; p < alpha; ++p) cv::multiply(out.plane(p), out.plane(alpha), out.plane(p));
  return out;
}

cv::Mat interleaved(const Picture& picture) {
  const PictureFormat& format = picture.format();
  std::vector<cv::Mat> planes;
  for (int i = 0; i < format.plane_count(); ++i) {
    if (format.sample != Sample::kU16 || format.bits == 16) {
      planes.push_back(picture.plane(i));
      continue;
    }
    // OpenImageIO takes 16 full bits and keeps the upper ones.
    cv::Mat high, low;
    cv::multiply(picture.plane(i), cv::Scalar(1 << (16 - format.bits)), high);
    picture.plane(i).convertTo(low, CV_16U, 1.0 / (1 << (2 * format.bits - 16)), -0.4999);
    planes.emplace_back(high + low);
  }
  cv::Mat out;
  cv::merge(planes, out);
  return out;
}

OIIO::ImageSpec spec_for(const PictureFormat& format, const PictureFileOptions& options) {
  OIIO::ImageSpec spec(
      format.width, format.height, format.plane_count(),
      format.sample == Sample::kHalf ? OIIO::TypeDesc(OIIO::TypeDesc::HALF) : memory_type(format));
  if (options.carry != nullptr) carry_attributes(*options.carry, spec);
  if (format.model == Model::kGray)
    spec.channelnames = format.alpha ? std::vector<std::string>{"Y", "A"} : std::vector<std::string>{"Y"};
  if (format.alpha) spec.alpha_channel = format.plane_count() - 1;
  spec.attribute("oiio:BitsPerSample", format.bits);
  if (format.is_float()) spec.erase_attribute("oiio:BitsPerSample");
  if (format.alpha && !format.premultiplied) spec.attribute("oiio:UnassociatedAlpha", 1);
  if (options.oiio_format == "png") {
    // Differences to the row above, runs and Huffman codes: ten times as fast as zlib's default, and no
    // larger than its level 1 by more than a fifth, for grain smaller.
    spec.attribute("png:compressionLevel", 1);
    spec.attribute("png:filter", 0x20);
    spec.attribute("compression", "rle");
  } else if (options.oiio_format == "tiff") {
    spec.attribute("compression", "zip");
    spec.attribute("tiff:zipquality", 1);
  } else if (options.oiio_format == "openexr" && spec.get_string_attribute("compression").empty()) {
    spec.attribute("compression", "zip");
  }
  return spec;
}

}  // namespace

PictureFormat picture_file_format(const std::string& oiio_format, const PictureFormat& source) {
  PictureFormat target = source;
  target.chroma_shift_x = target.chroma_shift_y = 0;
  target.matrix = 0;
  target.full_range = true;
  if (source.model == Model::kYuv) target.model = Model::kRgb;
  const auto use = [&](Sample sample, int bits) {
    target.sample = sample;
    target.bits = bits;
  };
  const bool tiff = oiio_format == "tiff";
  if (oiio_format == "openexr") {
    if (!source.is_float()) use(source.bits <= 10 ? Sample::kHalf : Sample::kFloat, 16);
    target.premultiplied = source.alpha;
  } else if (source.is_float()) {
    if (!tiff) use(Sample::kU16, 16);
  } else if (oiio_format == "dpx") {
    const int bits = source.bits <= 8 ? 8 : source.bits <= 10 ? 10 : source.bits <= 12 ? 12 : 16;
    use(bits == 8 ? Sample::kU8 : Sample::kU16, bits);
  } else if (source.bits > 8) {
    use(Sample::kU16, 16);
  }
  return target;
}

void carry_attributes(const OIIO::ImageSpec& from, OIIO::ImageSpec& to) {
  to.extra_attribs = from.extra_attribs;
  for (const char* name :
       {"Orientation", "oiio:BitsPerSample", "oiio:UnassociatedAlpha", "oiio:subimages", "oiio:ioproxy",
        "thumbnail_image", "thumbnail_width", "thumbnail_height", "thumbnail_nchannels"})
    to.erase_attribute(name);
  if (from.width != to.width || from.height != to.height) return;
  to.x = from.x;
  to.y = from.y;
  to.full_x = from.full_x;
  to.full_y = from.full_y;
  to.full_width = from.full_width;
  to.full_height = from.full_height;
}

void write_picture(const fs::path& path, const Picture& picture, const PictureFileOptions& options) {
  const PictureFormat target = picture_file_format(options.oiio_format, picture.format());
  Picture written = converted(picture, target);
  if (target.premultiplied && !picture.format().premultiplied) written = premultiplied(written);
  const cv::Mat samples = interleaved(written);
  const auto output = OIIO::ImageOutput::create(options.oiio_format);
  if (output == nullptr)
    throw Error(ErrorCode::kResource, text("OpenImageIO cannot write ", options.oiio_format));
  output->threads(1);
  // Into memory first: the file is then written by our own code, which notices a full disk.
  std::vector<unsigned char> bytes;
  OIIO::Filesystem::IOVecOutput memory(bytes);
  output->set_ioproxy(&memory);
  const bool done = output->open(path.string(), spec_for(target, options)) &&
                    output->write_image(memory_type(target), samples.data) && output->close();
  if (!done)
    throw Error(ErrorCode::kResource, text("cannot encode ", path.string(), ": ", output->geterror()));
  write_file(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace understudy::media
