#pragma once

#include <filesystem>

#include "understudy/provenance/c2pa/manifest.h"

namespace understudy::provenance::c2pa {

/// Gives `made_from` the manifest store that its file has, in it or beside it, with what the validator says
/// of it at `now`. Nothing changes when there is none. A store that is invalid (changed since it was signed,
/// damaged) throws Error kFormat, unless `accept_invalid`: then it is carried along with its failures stated,
/// or left behind when it cannot be read at all. Throws Error kInput when the file is unreadable.
void add_own_credentials(MadeFrom& made_from, const std::filesystem::path& file, Seconds now,
                         bool accept_invalid);

}  // namespace understudy::provenance::c2pa
