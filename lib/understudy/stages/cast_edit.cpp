#include <algorithm>

#include "understudy/core/log.h"
#include "understudy/stages/cast.h"
#include "understudy/stages/cast_names.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/people.h"
#include "understudy/stages/person_choice.h"

namespace understudy::stages {
namespace {

/// The people of a dataset, and what they are to be called.
class Cast {
 public:
  Cast(const CastOptions& options, Report& report)
      : dataset_(ConsentGate(options.consents, report).open(options.dataset)),
        faces_(list_faces(dataset_, report)),
        people_(people_of(faces_)) {}

  /// Throws Error kUsage, with the names there are.
  const PersonFaces& person(const std::string& id) const {
    if (const auto found = std::ranges::find(people_, id, &PersonFaces::id); found != people_.end())
      return *found;
    std::set<std::string> there;
    for (const PersonFaces& person : people_) there.insert(person.id);
    throw no_such_person(id, there, dataset_);
  }
  bool has(const std::string& id) const {
    return std::ranges::find(people_, id, &PersonFaces::id) != people_.end();
  }

  void call(const PersonFaces& person, const std::string& name) {
    for (const ListedFace* face : person.faces) call(*face, name);
  }
  void call(const ListedFace& face, const std::string& name) { wanted_[&face] = name; }

  Outcome write(std::string summary, Report& report) {
    Outcome outcome{.written = write_names(dataset_, faces_, wanted_), .summary = std::move(summary)};
    const std::vector<ListedFace> now = list_faces(dataset_, report);
    for (const PersonFaces& person : people_of(now))
      for (const std::string& sentence : doubles_of(person, dataset_)) log_warning(sentence);
    return outcome;
  }

 private:
  dataset::Dataset dataset_;
  std::vector<ListedFace> faces_;
  std::vector<PersonFaces> people_;
  WantedNames wanted_;
};

void need_free_name(const Cast& cast, const std::string& name) {
  dataset::check_person_name(name);
  if (cast.has(name))
    throw Error(ErrorCode::kUsage, text("there is a '", name, "' already"),
                "choose another name, or say that they are one with understudy-cast merge");
}

std::string track_id(const ListedFace& face) {
  return text(face.record.source, ":", face.record.track);
}

/// The tracks that are named, as SOURCE:TRACK.
std::set<std::string> tracks_of(const PersonFaces& person, const std::vector<std::string>& named) {
  std::map<std::string, std::set<std::string>> ids;  // by what they may be called
  std::set<std::string> all, out;
  for (const ListedFace* face : person.faces) {
    all.insert(track_id(*face));
    ids[track_id(*face)].insert(track_id(*face));
    ids[face->record.track].insert(track_id(*face));
  }
  for (const std::string& name : named) {
    const std::set<std::string>& meant = ids[name];
    if (meant.size() != 1)
      throw Error(ErrorCode::kUsage,
                  meant.empty() ? text("'", person.id, "' has no track '", name, "'")
                                : text("'", person.id, "' has a track '", name, "' in several sources"),
                  text("their tracks are: ", joined(std::vector<std::string>(all.begin(), all.end()))));
    out.insert(*meant.begin());
  }
  return out;
}

std::vector<const ListedFace*> faces_to_split(const PersonFaces& person, const SplitPersonOptions& options) {
  if (options.tracks.empty() && options.frames.empty())
    throw Error(ErrorCode::kUsage, text("what of '", person.id, "' is another person was not said"),
                "give --track, --frames, or both");
  const std::set<std::string> tracks = tracks_of(person, options.tracks);
  std::optional<FrameSet> frames;
  if (!options.frames.empty()) frames = FrameSet::parse(options.frames);
  std::vector<const ListedFace*> out;
  for (const ListedFace* face : person.faces)
    if ((tracks.empty() || tracks.contains(track_id(*face))) &&
        (!frames || frames->contains(face->record.frame)))
      out.push_back(face);
  if (out.empty() || out.size() == person.faces.size())
    throw Error(
        ErrorCode::kUsage,
        text(out.empty() ? "none" : "all", " of the ", person.faces.size(), " faces of '", person.id,
             "' would become another person's, some were expected"),
        out.empty() ? "see understudy-cast list" : "understudy-cast name gives the whole person a name");
  return out;
}

/// SOURCE:TRACK, with a number behind it where somebody is called so.
std::string free_name(const Cast& cast, const std::string& name) {
  std::string out = name;
  for (int i = 2; cast.has(out); ++i) out = text(name, "-", i);
  return out;
}

}  // namespace

Outcome name_person(const NamePersonOptions& options, Run& run) {
  Cast cast(options, run.report);
  const PersonFaces& person = cast.person(options.person);
  if (options.name != options.person) need_free_name(cast, options.name);
  cast.call(person, options.name);
  return cast.write(text(person.faces.size(), " faces are called '", options.name, "'"), run.report);
}

Outcome merge_people(const MergePeopleOptions& options, Run& run) {
  Cast cast(options, run.report);
  const PersonFaces& first = cast.person(options.people.front());
  std::size_t faces = first.faces.size();
  for (const std::string& id : std::set<std::string>(options.people.begin(), options.people.end())) {
    if (id == first.id) continue;
    cast.call(cast.person(id), first.id);
    faces += cast.person(id).faces.size();
  }
  if (faces == first.faces.size())
    throw Error(ErrorCode::kUsage, text("'", first.id, "' is one person"), "name two people at least");
  return cast.write(text(faces, " faces are of '", first.id, "'"), run.report);
}

Outcome split_person(const SplitPersonOptions& options, Run& run) {
  Cast cast(options, run.report);
  const PersonFaces& person = cast.person(options.person);
  const std::vector<const ListedFace*> others = faces_to_split(person, options);
  if (!options.name.empty()) need_free_name(cast, options.name);
  const std::string name = options.name.empty() ? free_name(cast, track_id(*others.front())) : options.name;
  cast.call(person, person.id);  // they keep it, whatever the others are called
  for (const ListedFace* face : others) cast.call(*face, name);
  return cast.write(text(others.size(), " faces of '", person.id, "' are called '", name, "'"), run.report);
}

}  // namespace understudy::stages
