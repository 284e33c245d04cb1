#include "understudy/media/metadata.h"

#include <OpenImageIO/imageio.h>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/picture_head.h"
#include "understudy/media/sequence_path.h"
#include "understudy/media/video_index.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

using Metadata = std::map<std::string, std::string>;

Metadata picture_metadata(const fs::path& path) {
  check_picture_head(path);
  const auto input = OIIO::ImageInput::open(path.string());
  if (!input) throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ", OIIO::geterror()));
  Metadata out;
  for (const OIIO::ParamValue& attribute : input->spec().extra_attribs)
    if (attribute.type() == OIIO::TypeString) out[attribute.name().string()] = attribute.get_string();
  std::istringstream lines(
      std::string(input->spec().get_string_attribute("ImageDescription")));  // where TIFF keeps our own keys
  for (std::string line; std::getline(lines, line);) {
    const std::size_t split = line.find('=');
    if (split != std::string::npos && split > 0) out.emplace(line.substr(0, split), line.substr(split + 1));
  }
  return out;
}

Metadata video_metadata(const fs::path& path) {
  const ContainerPtr container = open_container(path);
  Metadata out;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(container->metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr)
    out[entry->key] = entry->value;
  return out;
}

}  // namespace

Metadata read_metadata(const fs::path& path) {
  if (!fs::exists(path)) throw Error(ErrorCode::kInput, text("there is no ", path.string()));
  if (fs::is_directory(path)) return picture_metadata(list_pictures(path).front().path);
  return has_picture_extension(path) ? picture_metadata(path) : video_metadata(path);
}

}  // namespace understudy::media
