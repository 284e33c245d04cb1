#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/stages/merge_look.h"

namespace understudy::stages {

/// A look that changes over the frames of a shot. A TOML file names options of a look, each with one value
/// for all frames or a table of values by frame:
///
///     blend = "laplacian"
///     [erode]
///     1001 = 0.005
///     1050 = 0.03
///
/// Before its first frame and after its last a value stays; between them numbers change linearly, or not
/// until the next frame where the table says `hold = true`; words and lists are always held.
class Shot {
 public:
  /// The same look in every frame.
  explicit Shot(MergeLook look = {}) : look_(std::move(look)) {}
  /// What the file does not name is as in `look`. Throws Error kInput (no such file), kFormat (not TOML, an
  /// unknown option, a value that it cannot have, a frame that is no number).
  Shot(MergeLook look, const std::filesystem::path& file);

  MergeLook at(std::int64_t frame) const;
  /// The same with one option's word for all frames.
  Shot with(const std::string& option, const std::string& word) const;
  /// Whether anything is measured for a look anywhere in the shot.
  bool uses(const std::function<bool(const MergeLook&)>& what) const;

 private:
  struct Course {
    std::map<std::int64_t, Json> keys;  ///< at least one
    bool hold = false;
    /// Puts a value between two keys' into a look; `share` is 0 at `from`, 1 at `to`.
    std::function<void(MergeLook& look, const Json& from, const Json& to, double share)> put;
  };
  void apply(const Course& course, std::int64_t frame, MergeLook& look) const;

  MergeLook look_;
  std::vector<Course> courses_;
};

}  // namespace understudy::stages
