#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/dataset/overrides.h"
#include "understudy/stages/cast.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/contact_sheet.h"
#include "understudy/stages/people.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// All names that corrections give.
std::set<std::string> given_names(const dataset::Dataset& dataset) {
  std::set<std::string> out;
  for (const std::string& source : dataset.sources())
    for (const dataset::Override& correction : dataset::read_overrides(dataset, source))
      out.insert({correction.identity, correction.track_identity});
  return out;
}

Json tracks_of(const PersonFaces& person) {
  std::map<std::pair<std::string, std::string>, std::set<std::int64_t>> tracks;
  for (const ListedFace* face : person.faces)
    tracks[{face->record.source, face->record.track}].insert(face->record.frame);
  Json out = Json::array();
  for (const auto& [track, frames] : tracks)
    out.push_back({{"source", track.first},
                   {"track", track.second},
                   {"first_frame", *frames.begin()},
                   {"last_frame", *frames.rbegin()},
                   {"faces", frames.size()}});
  return out;
}

Json frames_json(const std::map<std::string, std::set<std::int64_t>>& frames) {
  Json out = Json::object();
  for (const auto& [source, numbers] : frames) out[source] = numbers;
  return out;
}

Json json_of(const PersonFaces& person, const std::set<std::string>& given) {
  std::size_t frames = 0;
  Json sources = Json::array();
  for (const auto& [source, numbers] : person.frames()) {
    frames += numbers.size();
    sources.push_back(source);
  }
  return {{"id", person.id},
          {"name", given.contains(person.id) ? Json(person.id) : Json(nullptr)},
          {"tracks", tracks_of(person)},
          {"faces", person.faces.size()},
          {"frames", frames},
          {"sources", std::move(sources)},
          {"frames_with_two", frames_json(person.frames_with_two())}};
}

std::string lines_of(const Json& people) {
  std::string out = "id\tname\ttracks\tfaces\tframes\tsources\n";
  for (const Json& person : people)
    out += text(person["id"].get<std::string>(), "\t",
                person["name"].is_null() ? "-" : person["name"].get<std::string>(), "\t",
                person["tracks"].size(), "\t", person["faces"], "\t", person["frames"], "\t",
                joined(person["sources"].get<std::vector<std::string>>()), "\n");
  return out;
}

/// A plain file name.
std::string sheet_name(const std::string& id) {
  std::string out;
  for (const char c : id) out += c == '/' ? "%2F" : std::string(1, c);
  return (out.front() == '.' ? "%2E" + out.substr(1) : out) + ".png";
}

void write_sheets(const fs::path& dataset, const std::vector<PersonFaces>& people, const fs::path& folder) {
  need_new_folder(folder);
  AtomicFolder sheets(folder);
  for (const PersonFaces& person : people)
    write_contact_sheet({dataset}, sheets.temporary() / sheet_name(person.id), person.id);
  if (!sheets.publish())
    throw Error(ErrorCode::kUsage, text(folder.string(), " is there already"), "choose a new folder");
}

}  // namespace

Outcome list_people(const ListPeopleOptions& options, Run& run) {
  const dataset::Dataset dataset = ConsentGate(options.consents, run.report).open(options.dataset);
  const std::vector<ListedFace> faces = list_faces(dataset, run.report);
  const std::vector<PersonFaces> people = people_of(faces);
  const std::set<std::string> given = given_names(dataset);
  Json list = Json::array();
  for (const PersonFaces& person : people) {
    list.push_back(json_of(person, given));
    for (const std::string& sentence : doubles_of(person, dataset)) log_warning(sentence);
  }
  Outcome outcome;
  outcome.result = options.json ? json_text(list, 2) + "\n" : lines_of(list);
  run.report.details["people"] = std::move(list);
  if (!options.sheets.empty()) write_sheets(options.dataset, people, options.sheets);
  return outcome;
}

}  // namespace understudy::stages
