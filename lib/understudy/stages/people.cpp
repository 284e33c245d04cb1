#include "understudy/stages/people.h"

#include <algorithm>
#include <iterator>

#include "understudy/dataset/faces_in_use.h"

namespace understudy::stages {

std::map<std::string, std::set<std::int64_t>> PersonFaces::frames() const {
  std::map<std::string, std::set<std::int64_t>> out;
  for (const ListedFace* face : faces) out[face->record.source].insert(face->record.frame);
  return out;
}

std::map<std::string, std::set<std::int64_t>> PersonFaces::frames_with_two() const {
  std::map<std::string, std::set<std::int64_t>> out;
  for (std::size_t i = 1; i < faces.size(); ++i) {
    const dataset::FaceRecord &before = faces[i - 1]->record, &record = faces[i]->record;
    if (record.source == before.source && record.frame == before.frame)
      out[record.source].insert(record.frame);
  }
  return out;
}

std::vector<PersonFaces> people_of(const std::vector<ListedFace>& faces) {
  std::map<std::string, PersonFaces> by_id;
  for (const ListedFace& face : faces) {
    const std::string id = dataset::person_id(face.record);
    PersonFaces& person = by_id[id];
    person.id = id;
    person.faces.push_back(&face);
  }
  std::vector<PersonFaces> out;
  for (auto& [id, person] : by_id) out.push_back(std::move(person));
  std::ranges::stable_sort(out, std::ranges::greater(),
                           [](const PersonFaces& person) { return person.faces.size(); });
  return out;
}

std::string runs_of(const std::set<std::int64_t>& frames) {
  constexpr std::size_t kMost = 12;
  std::vector<std::string> runs;
  for (auto first = frames.begin(); first != frames.end();) {
    auto last = first, next = std::next(first);
    while (next != frames.end() && *next == *last + 1) last = next++;
    runs.push_back(first == last ? text(*first) : text(*first, "-", *last));
    first = next;
  }
  if (runs.size() > kMost) {
    runs.resize(kMost);
    runs.emplace_back("...");
  }
  return joined(runs);
}

std::vector<std::string> doubles_of(const PersonFaces& person, const dataset::Dataset& dataset) {
  std::vector<std::string> out;
  for (const auto& [source, frames] : person.frames_with_two()) {
    std::set<std::string> tracks;
    for (const ListedFace* face : person.faces)
      if (face->record.source == source && frames.contains(face->record.frame))
        tracks.insert(face->record.track);
    out.push_back(text("'", person.id, "' has two faces or more in ", frames.size(), " frames of ", source,
                       " (", runs_of(frames), "; tracks ",
                       joined(std::vector<std::string>(tracks.begin(), tracks.end())),
                       "), so two people are taken for one: part them with understudy-cast split ",
                       dataset.root().string(), " '", person.id, "' --track TRACK"));
  }
  return out;
}

}  // namespace understudy::stages
