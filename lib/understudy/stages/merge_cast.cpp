#include "understudy/stages/merge_cast.h"

#include <algorithm>
#include <map>
#include <set>

#include "understudy/core/files.h"
#include "understudy/core/toml.h"

namespace understudy::stages {
namespace {

constexpr const char* kNone = "none";

struct Cast {
  std::string otherwise;
  std::map<std::string, std::string> by_track;

  const std::string& of(const std::string& track) const {
    const auto found = by_track.find(track);
    return found == by_track.end() ? otherwise : found->second;
  }
  std::set<std::string> conversions() const {
    std::set<std::string> out{otherwise};
    for (const auto& [track, conversion] : by_track) out.insert(conversion);
    out.erase(kNone);
    return out;
  }
};

Cast read_file_of_cast(const std::filesystem::path& file, const std::string& name) {
  const Json json = parse_toml(read_file(file), file.string());
  Cast out{name, {}};
  for (const auto& [key, value] : json.items()) {
    if (key == "default") {
      out.otherwise = json_field<std::string>(json, "default", file.string());
    } else if (key == "tracks" && value.is_object()) {
      for (const auto& [track, conversion] : value.items())
        out.by_track[track] = json_field<std::string>(value, track.c_str(), file.string());
    } else {
      throw Error(ErrorCode::kFormat, text(file.string(), ": '", key, "' is not known there"),
                  "a cast has a default and a table of tracks");
    }
  }
  return out;
}

/// Frames that all have, everything else that any has, but no faces.
void join(ConvertedSource& out, const ConvertedSource& more) {
  std::erase_if(out.frames, [&](std::int64_t frame) { return !more.frames.contains(frame); });
  out.failures.insert(more.failures.begin(), more.failures.end());
  out.bad_lines.insert(out.bad_lines.end(), more.bad_lines.begin(), more.bad_lines.end());
  out.models.insert(more.models.begin(), more.models.end());
  for (const auto& consent : more.consents)
    if (std::ranges::find(out.consents, consent) == out.consents.end()) out.consents.push_back(consent);
}

void check_tracks(const Cast& cast, const std::set<std::string>& known, const std::filesystem::path& file) {
  for (const auto& [track, conversion] : cast.by_track)
    if (!known.contains(track))
      throw Error(ErrorCode::kUsage, text(file.string(), ": the source has no track '", track, "'"),
                  text("it has: ", joined(std::vector<std::string>(known.begin(), known.end()))));
}

}  // namespace

CastSource read_cast(const dataset::Dataset& dataset, const std::filesystem::path& file,
                     const std::string& name, const std::string& source, const ConsentGate& gate) {
  const Cast cast = read_file_of_cast(file, name);
  std::set<std::string> conversions = cast.conversions();
  if (conversions.empty())
    throw Error(ErrorCode::kUsage, text(file.string(), " gives nobody a face"),
                "name a conversion for one track at least");
  CastSource out;
  std::set<std::string> tracks;
  std::map<std::string, std::set<std::int64_t>> uncast;
  bool first = true;
  for (const std::string& conversion : conversions) {
    ConvertedSource read = read_converted(dataset, conversion, source, gate);
    for (auto& [frame, faces] : read.faces) {
      for (SwapRecord& face : faces) {
        const std::string track = track_of(face.record);
        tracks.insert(track);
        if (cast.of(track) == kNone) uncast[track].insert(frame);
        if (cast.of(track) == conversion) out.converted.faces[frame].push_back(std::move(face));
      }
    }
    if (first) out.converted.frames = read.frames;
    first = false;
    join(out.converted, read);
  }
  check_tracks(cast, tracks, file);
  for (const auto& [track, frames] : uncast)
    out.not_swapped.push_back({track, static_cast<std::int64_t>(frames.size())});
  return out;
}

}  // namespace understudy::stages
