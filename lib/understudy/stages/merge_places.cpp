#include "understudy/stages/merge_places.h"

#include <algorithm>

#include "understudy/media/sequence_path.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// Something that a merge reads or writes.
struct Place {
  const char* what;  ///< "the plate"
  fs::path path;
  bool is_read;
};

/// One of the pictures that a pattern names, so that "####" and "%04d" are the same; else the path itself.
fs::path one_of(const fs::path& path) {
  if (!media::has_picture_extension(path)) return path;  // "take#1_#2.mov" is a name
  const auto pattern = media::SequencePattern::parse(path);
  return pattern ? pattern->path_of(0) : path;
}

bool same_place(const fs::path& left, const fs::path& right) {
  const fs::path a = one_of(left), b = one_of(right);
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  return fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
}

/// The folder in which pictures named `path` lie: itself, or a pattern's or a picture's.
fs::path folder_of(const fs::path& path) {
  if (!media::has_picture_extension(path)) return path;
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

void check_two(const Place& a, const Place& b) {
  if (!same_place(a.path, b.path)) return;
  if (!a.is_read)
    throw Error(ErrorCode::kUsage, text(b.path.string(), " is both ", a.what, " and ", b.what),
                "choose two names");
  throw Error(ErrorCode::kUsage, text(b.path.string(), " is ", a.what, ": it would be destroyed by ", b.what),
              "choose another name");
}

/// Elements are named as pictures of a folder are.
void check_elements(const Place& elements, const Place& other) {
  if (same_place(elements.path, folder_of(other.path)))
    throw Error(ErrorCode::kUsage,
                text("the elements and ", other.what, " share the folder ", elements.path.string()),
                "give --elements a folder of its own");
}

void check_preview(const MergeOptions& options, const media::SourceInfo& plate) {
  if (options.output.extension() != ".png")
    throw Error(ErrorCode::kUsage, text("a preview is a .png, not ", options.output.string()),
                "name the output of --preview sheet.png, say");
  if (!options.matte.empty() || !options.elements.empty() || !options.wipe.empty())
    throw Error(ErrorCode::kUsage, "a preview writes its sheet alone: no matte, no elements, no wipe",
                "leave --matte, --elements and --wipe out, or --preview");
  if (options.common.frames.frames || options.common.frames.shard || options.common.frames.chunk)
    throw Error(ErrorCode::kUsage, "--preview names its frames itself",
                "leave --frames, --shard and --chunk out");
  for (const std::int64_t frame : options.preview)
    if (!std::ranges::binary_search(plate.frames, frame))
      throw Error(ErrorCode::kUsage, text("the plate has no frame ", frame, " to preview"),
                  text("its frames are ", plate.frames.front(), " to ", plate.frames.back()));
}

}  // namespace

void check_places(const MergeOptions& options, const media::SourceInfo& plate) {
  std::vector<Place> places;
  const auto add = [&](const char* what, const fs::path& path, bool is_read) {
    if (!path.empty()) places.push_back({what, path, is_read});
  };
  add("the plate", plate.path, true);
  add("the matte that is read", options.matte_in, true);
  add("the output", options.output, false);
  add("the matte", options.matte, false);
  add("the wipe", options.wipe, false);
  for (std::size_t i = 0; i < places.size(); ++i)
    for (std::size_t j = i + 1; j < places.size(); ++j)
      if (!places[j].is_read) check_two(places[i], places[j]);
  if (!options.elements.empty())
    for (const Place& other : places) check_elements({"the elements", options.elements, false}, other);
  if (!options.preview.empty()) check_preview(options, plate);
}

}  // namespace understudy::stages
