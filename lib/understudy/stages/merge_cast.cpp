#include "understudy/stages/merge_cast.h"

#include <algorithm>
#include <map>
#include <set>

#include "understudy/core/files.h"
#include "understudy/core/toml.h"
#include "understudy/stages/person_choice.h"

namespace understudy::stages {
namespace {

constexpr const char* kNone = "none";

struct Cast {
  std::string otherwise;
  std::map<std::string, std::string> by_track, by_person;

  const std::string& of(const dataset::FaceRecord& record) const {
    if (const auto track = by_track.find(track_of(record)); track != by_track.end()) return track->second;
    const auto person = by_person.find(dataset::person_id(record));
    return person == by_person.end() ? otherwise : person->second;
  }
  std::set<std::string> conversions() const {
    std::set<std::string> out{otherwise};
    for (const auto* by : {&by_track, &by_person})
      for (const auto& [whose, conversion] : *by) out.insert(conversion);
    out.erase(kNone);
    return out;
  }
};

Cast read_file_of_cast(const std::filesystem::path& file, const std::string& name) {
  const Json json = parse_toml(read_file(file), file.string());
  Cast out{name, {}, {}};
  for (const auto& [key, value] : json.items()) {
    if (key == "default") {
      out.otherwise = json_field<std::string>(json, "default", file.string());
    } else if ((key == "tracks" || key == "people") && value.is_object()) {
      for (const auto& [whose, conversion] : value.items())
        (key == "tracks" ? out.by_track : out.by_person)[whose] =
            json_field<std::string>(value, whose.c_str(), file.string());
    } else {
      throw Error(ErrorCode::kFormat, text(file.string(), ": '", key, "' is not known there"),
                  "a cast has a default, a table of people and a table of tracks");
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

void check_named(const std::map<std::string, std::string>& named, const std::set<std::string>& known,
                 const char* what, const std::filesystem::path& file) {
  for (const auto& [name, conversion] : named)
    if (!known.contains(name))
      throw Error(ErrorCode::kUsage, text(file.string(), ": the source has no ", what, " '", name, "'"),
                  text("it has: ", joined(std::vector<std::string>(known.begin(), known.end()))));
}

CastSource read_cast(const dataset::Dataset& dataset, const MergeOptions& options, const std::string& source,
                     const ConsentGate& gate) {
  const Cast cast = read_file_of_cast(options.cast, options.name);
  std::set<std::string> conversions = cast.conversions();
  if (conversions.empty())
    throw Error(ErrorCode::kUsage, text(options.cast.string(), " gives nobody a face"),
                "name a conversion for one track at least");
  CastSource out;
  std::set<std::string> tracks, people;
  std::map<std::string, std::set<std::int64_t>> uncast;
  bool first = true;
  for (const std::string& conversion : conversions) {
    ConvertedSource read = read_converted(dataset, conversion, source, gate);
    for (auto& [frame, faces] : read.faces) {
      for (SwapRecord& face : faces) {
        const std::string track = track_of(face.record);
        tracks.insert(track);
        people.insert(dataset::person_id(face.record));
        if (cast.of(face.record) == kNone) uncast[track].insert(frame);
        if (cast.of(face.record) == conversion) out.converted.faces[frame].push_back(std::move(face));
      }
    }
    if (first) out.converted.frames = read.frames;
    first = false;
    join(out.converted, read);
  }
  check_named(cast.by_track, tracks, "track", options.cast);
  check_named(cast.by_person, people, "person", options.cast);
  for (const auto& [track, frames] : uncast)
    out.not_swapped.push_back(
        {{"track", track}, {"frames", frames.size()}, {"why", "the cast gives it nobody"}});
  return out;
}

}  // namespace

CastSource read_faces_to_merge(const dataset::Dataset& dataset, const MergeOptions& options,
                               const std::string& source, const ConsentGate& gate) {
  if (!options.cast.empty() && !options.person.empty())
    throw Error(ErrorCode::kUsage, "--cast says who gets which face, it goes with no --person",
                "leave one of them out");
  if (!options.cast.empty()) return read_cast(dataset, options, source, gate);
  CastSource out{read_converted(dataset, options.name, source, gate)};
  PersonChoice choice(options.person);
  for (auto& [frame, faces] : out.converted.faces)
    std::erase_if(faces, [&](const SwapRecord& face) { return !choice.takes(face.record); });
  std::erase_if(out.converted.faces, [](const auto& frame) { return frame.second.empty(); });
  choice.check(dataset);
  return out;
}

}  // namespace understudy::stages
