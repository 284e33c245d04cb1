#pragma once

#include <string>

#include "understudy/media/source.h"

namespace understudy::stages {

/// SHA-256 of the plate's file, or of the names and contents of a sequence's pictures. Throws Error kInput.
std::string plate_digest(const media::SourceInfo& info);

}  // namespace understudy::stages
