#pragma once

#include <string>

#include "understudy/core/files.h"
#include "understudy/stages/plan/jobs.h"
#include "understudy/stages/plan/shot_file.h"
#include "unit/core/scratch.h"

namespace understudy::stages {

/// One likeness on two plates, one performer on one.
inline const std::string kShot = R"(shot = "harbour_0010"
chunk = 25

[plates.day]
path = "ada/day.mov"
[plates.night]
path = "/footage/ada/night.mov"
[plates.wide]
path = "wide.####.exr"
frames = "1001-1100"

[likenesses.ada]
plates = ["day", "night"]
consent = "ada.toml"

[performers.bruno]
plates = ["wide"]
consent = "bruno.toml"

[train]
preset = "sketch"
ranks = 2
cores = 3

[delivery]
plate = "wide"
output = "out/result.mov"
options = ["--codec", "prores"]
)";

/// The shot as a file, each time with `old_text` (which must be in it) replaced.
inline ShotFile read_sample(const ScratchFolder& folder, const std::string& old_text = {},
                            const std::string& new_text = {}) {
  std::string content = kShot;
  const std::size_t place = content.find(old_text);
  if (place == std::string::npos) throw Error(ErrorCode::kBug, "the sample has no " + old_text);
  content.replace(place, old_text.size(), new_text);
  write_file(folder.path() / "shot.toml", content);
  return read_shot_file(folder.path() / "shot.toml");
}

/// A plate of RGB in 8 bits.
inline PlateSize plate_of(const char* name, std::int64_t frames, int width, int height) {
  PlateSize out{name, frames, {}};
  out.format.width = width;
  out.format.height = height;
  return out;
}

}  // namespace understudy::stages
