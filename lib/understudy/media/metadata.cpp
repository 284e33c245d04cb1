#include "understudy/media/metadata.h"

#include <OpenImageIO/imageio.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/ffmpeg.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

using Metadata = std::map<std::string, std::string>;

bool is_picture(const fs::path& path) {
  constexpr std::array kExtensions = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx"};
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

fs::path first_picture(const fs::path& folder) {
  std::vector<fs::path> pictures;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && is_picture(entry.path())) pictures.push_back(entry.path());
  if (pictures.empty())
    throw Error(ErrorCode::kInput, text("the folder ", folder.string(), " holds no pictures"));
  return *std::min_element(pictures.begin(), pictures.end());
}

Metadata picture_metadata(const fs::path& path) {
  const auto input = OIIO::ImageInput::open(path.string());
  if (!input) throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", OIIO::geterror()));
  Metadata out;
  for (const OIIO::ParamValue& attribute : input->spec().extra_attribs)
    if (attribute.type() == OIIO::TypeString) out[attribute.name().string()] = attribute.get_string();
  return out;
}

Metadata video_metadata(const fs::path& path) {
  AVFormatContext* opened = nullptr;
  const int status = avformat_open_input(&opened, path.c_str(), nullptr, nullptr);
  if (status < 0) {
    throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", ffmpeg_reason(status)),
                "a video, a picture, a dataset or a model was expected");
  }
  Metadata out;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(opened->metadata, "", entry, AV_DICT_IGNORE_SUFFIX)))
    out[entry->key] = entry->value;
  avformat_close_input(&opened);
  return out;
}

}  // namespace

Metadata read_metadata(const fs::path& path) {
  if (!fs::exists(path)) throw Error(ErrorCode::kInput, text("there is no ", path.string()));
  if (fs::is_directory(path)) return picture_metadata(first_picture(path));
  return is_picture(path) ? picture_metadata(path) : video_metadata(path);
}

}  // namespace understudy::media
