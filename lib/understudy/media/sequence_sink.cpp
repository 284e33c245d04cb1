#include "understudy/media/sequence_sink.h"

#include <algorithm>
#include <array>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/text.h"
#include "understudy/media/picture_file.h"
#include "understudy/media/timecode.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

void say_what_is_lost(const std::string& codec, const SourceInfo& like, const PictureFormat& target) {
  const PictureFormat& source = like.format;
  if (source.model == PictureFormat::Model::kYuv)
    log_info(text(codec, " from ", source.describe(), ": Y'CbCr becomes R'G'B'"));
  if (source.is_float() && !target.is_float())
    log_warning(text(codec, " from ", source.describe(), ": float samples are cut to 0..1"));
  constexpr int kLinear = 8;
  if (codec == "exr" && source.transfer != kLinear)
    log_warning(text("exr from ", source.describe(),
                     ": samples keep the plate's transfer function, although programs take EXR for light"));
  if (like.mastering || like.content_light)
    log_warning(text(codec, " pictures have no place for HDR10's mastering display and light level"));
}

}  // namespace

SequencePattern sequence_names(const fs::path& path, const std::string& codec_name) {
  const Codec& codec = codecs().at(codec_name);
  const auto pattern = SequencePattern::parse(path);
  if (!pattern) {
    SequencePattern names;
    names.folder = path;
    names.after = codec.extensions.front();
    names.pad = 6;
    return names;
  }
  const std::string extension = fs::path(pattern->after).has_extension()
                                    ? fs::path(pattern->after).extension().string()
                                    : pattern->after;
  if (std::find(codec.extensions.begin(), codec.extensions.end(), extension) == codec.extensions.end())
    throw Error(ErrorCode::kUsage,
                text("'", path.filename().string(), "' is no name for ", codec_name, " pictures"),
                text("let it end in ", joined(codec.extensions, " or ")));
  return *pattern;
}

SequenceSink::SequenceSink(const fs::path& path, const SourceInfo& like, const SinkOptions& options)
    : oiio_format_(codecs().at(options.codec).writer),
      metadata_(options.metadata),
      names_(sequence_names(path, options.codec)),
      like_(like) {
  use_one_thread_per_picture();
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_directory(path, ignored))
    throw Error(ErrorCode::kUsage,
                text(path.string(), " is a file; ", options.codec, " needs a folder or a pattern"),
                "name a folder, or a pattern such as out/frame.####.png");
  if (!names_.folder.empty()) make_folder(names_.folder);
  say_what_is_lost(options.codec, like, picture_file_format(oiio_format_, like.format));
  if (options.copy_streams_from && like.is_sequence)
    for (NumberedPicture& picture : list_pictures(*options.copy_streams_from))
      plate_[picture.number] = std::move(picture.path);
}

/// Rate and time code of a video's frame, in the kinds of pictures that have a place for them.
void SequenceSink::add_time(std::int64_t number, OIIO::ImageSpec& spec) const {
  if (!like_.frame_rate || (oiio_format_ != "openexr" && oiio_format_ != "dpx")) return;
  const std::array<int, 2> rate{like_.frame_rate->num, like_.frame_rate->den};
  if (oiio_format_ == "dpx") spec.attribute("dpx:FrameRate", static_cast<float>(like_.frame_rate->value()));
  if (oiio_format_ == "openexr") spec.attribute("FramesPerSecond", OIIO::TypeRational, rate.data());
  if (!like_.timecode || like_.frames.empty()) return;
  const auto words = packed_timecode(*like_.timecode, *like_.frame_rate, number - like_.frames.front());
  if (words) spec.attribute(kTimecodeAttribute, OIIO::TypeTimeCode, words->data());
}

void SequenceSink::write(const Frame& frame) {
  OIIO::ImageSpec carried;
  const auto plate = plate_.find(frame.number);
  if (plate != plate_.end()) carried = read_picture_header(plate->second).spec;
  if (plate == plate_.end()) add_time(frame.number, carried);
  std::string lines = std::string(carried.get_string_attribute("ImageDescription"));
  for (const auto& [key, value] : metadata_) {
    carried.attribute(key, value);
    lines += text(lines.empty() ? "" : "\n", key, "=", value);
  }
  // TIFF has no place for keys of one's own.
  if (oiio_format_ == "tiff" && !lines.empty()) carried.attribute("ImageDescription", lines);
  write_picture(names_.path_of(frame.number), frame.picture, {oiio_format_, &carried});
}

}  // namespace understudy::media
