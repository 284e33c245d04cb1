#pragma once

#include <OpenImageIO/imageio.h>

#include <filesystem>
#include <optional>
#include <string>

#include "understudy/media/picture.h"
#include "understudy/media/source.h"

namespace understudy::media {

/// OpenImageIO's name for the time code of EXR and DPX.
constexpr const char* kTimecodeAttribute = "smpte:TimeCode";

/// What the head of a picture file says.
struct PictureHeader {
  OIIO::ImageSpec spec;
  PictureFormat format;  ///< upright
  int rotation = 0;      ///< clockwise degrees that bring the samples upright
  std::string dropped;   ///< names of channels that a Picture has no place for, "" if none
  std::optional<Rational> frame_rate;
};

/// Both throw Error kInput (unreadable) or kFormat (deep, mirrored, no colour channels ...).
PictureHeader read_picture_header(const std::filesystem::path& path);
Picture read_picture(const std::filesystem::path& path, const PictureHeader& expected);

struct PictureFileOptions {
  std::string oiio_format;                 ///< "png", "tiff", "openexr" or "dpx"
  const OIIO::ImageSpec* carry = nullptr;  ///< a source picture's head whose attributes go along
};

/// The layout in which `source` is written as such a file: depth is kept where the format has it, else the
/// next one up; float goes to 16 bits where there is no float. Y'CbCr becomes R'G'B'.
PictureFormat picture_file_format(const std::string& oiio_format, const PictureFormat& source);

/// Gives `to` the attributes of a plate's picture, but for those that describe its samples, and its data and
/// display window where the sizes are equal.
void carry_attributes(const OIIO::ImageSpec& from, OIIO::ImageSpec& to);

/// Writes to `path` under that very name. Throws Error kResource when the disk is full or not writable.
void write_picture(const std::filesystem::path& path, const Picture& picture,
                   const PictureFileOptions& options);

/// How a format's samples lie in memory: 8 or 16 bits, or float (for half as well).
OIIO::TypeDesc memory_type(const PictureFormat& format);

/// Pictures are read and written by several threads of ours, so OpenImageIO shall start none.
void use_one_thread_per_picture();

}  // namespace understudy::media
