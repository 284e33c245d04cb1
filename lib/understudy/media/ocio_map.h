#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "understudy/media/color_map.h"

namespace understudy::media {

/// A colour space of an OpenColorIO configuration and the digest of all that it depends on.
struct OcioSpace {
  std::shared_ptr<const ColorMap> map;
  std::string sha256;  ///< of the configuration and the tables that the colour space uses
};

/// The colour space, or alias or role, `name` of the configuration `config`. Display space is reached through
/// the configuration's role aces_interchange, or a colour space of it that is called sRGB. Throws Error
/// kInput when the configuration cannot be read or has neither, kUsage when it lacks `name`, kFormat when
/// there is no way back from display space.
OcioSpace ocio_space(const std::filesystem::path& config, const std::string& name);

}  // namespace understudy::media
