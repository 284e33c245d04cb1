#include "understudy/stages/train_people.h"

#include <algorithm>
#include <cctype>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/stages/aligned_faces.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// A folder's name in lower case, other characters than letters, digits, - and _ replaced.
std::string name_of_folder(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  std::string name = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    c = std::isalnum(byte) || c == '_' ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return name;
}

std::pair<std::string, fs::path> name_and_path(const std::string& entry, const std::string& side,
                                               bool name_by_folder) {
  const std::size_t equals = entry.find('=');
  if (equals != std::string::npos && !fs::exists(entry))
    return {entry.substr(0, equals), entry.substr(equals + 1)};
  return {name_by_folder ? name_of_folder(entry) : side, entry};
}

std::vector<TrainedPerson> open_side(const std::vector<std::string>& entries, const std::string& side,
                                     provenance::Role role, const std::set<std::string>& shown,
                                     bool name_by_folder, const ConsentGate& gate) {
  std::vector<TrainedPerson> people;
  for (const std::string& entry : entries) {
    const auto [name, path] = name_and_path(entry, side, name_by_folder);
    auto person = std::ranges::find(people, name, &TrainedPerson::name);
    if (person == people.end()) {
      people.push_back({name, {}, nullptr});
      person = people.end() - 1;
    }
    person->datasets.push_back(gate.open(path, role));
  }
  for (TrainedPerson& person : people) person.faces = std::make_shared<AlignedFaces>(person.datasets, shown);
  return people;
}

/// Throws Error kUsage when nobody is called like one of those who are asked for.
void check_shown(const TrainedPeople& people, const std::set<std::string>& wanted) {
  std::set<std::string> there;
  for (const auto* side : {&people.likenesses, &people.performers})
    for (const TrainedPerson& person : *side)
      for (const PeopleShown& shown : person.faces->people())
        there.insert(shown.ids.begin(), shown.ids.end());
  for (const std::string& name : wanted)
    if (!there.contains(name))
      throw Error(ErrorCode::kUsage, text("nobody in the datasets is called '", name, "'"),
                  text("they show: ", joined(std::vector<std::string>(there.begin(), there.end()))));
}

}  // namespace

std::vector<dataset::Dataset> TrainedPeople::datasets_of(const std::vector<TrainedPerson>& side) const {
  std::vector<dataset::Dataset> out;
  for (const TrainedPerson& person : side)
    out.insert(out.end(), person.datasets.begin(), person.datasets.end());
  return out;
}

std::size_t TrainedPeople::faces_of(const std::vector<TrainedPerson>& side) const {
  std::size_t sum = 0;
  for (const TrainedPerson& person : side) sum += person.faces->size();
  return sum;
}

CropFormat TrainedPeople::format() const {
  const TrainedPerson& first = likenesses.front();
  for (const auto* side : {&likenesses, &performers}) {
    for (const TrainedPerson& person : *side) {
      const CropFormat &one = first.faces->format(), &other = person.faces->format();
      if (one != other)
        throw Error(ErrorCode::kFormat,
                    text("the crops of ", first.name, " are '", one.family, "' of ", one.size,
                         " pixels, those of ", person.name, " '", other.family, "' of ", other.size),
                    "align everybody with the same --crop and --size");
    }
  }
  return first.faces->format();
}

TrainedPeople open_people(const std::vector<std::string>& likeness, const std::vector<std::string>& performer,
                          const std::vector<std::string>& shown, bool name_by_folder,
                          const ConsentGate& gate) {
  const std::set<std::string> wanted(shown.begin(), shown.end());
  TrainedPeople out{
      open_side(likeness, "likeness", provenance::Role::kLikeness, wanted, name_by_folder, gate),
      open_side(performer, "performer", provenance::Role::kPerformer, wanted, name_by_folder, gate)};
  check_shown(out, wanted);
  return out;
}

std::vector<std::string> mixed_people(const TrainedPeople& people, const std::vector<std::string>& wanted) {
  std::vector<std::string> out;
  for (const auto* side : {&people.likenesses, &people.performers}) {
    for (const TrainedPerson& person : *side) {
      for (std::size_t i = 0; i < person.datasets.size(); ++i) {
        const std::set<std::string>& known = person.faces->people()[i].known;
        const auto asked = std::ranges::count_if(
            known, [&](const std::string& name) { return std::ranges::count(wanted, name) > 0; });
        if (asked == 1 || (asked == 0 && known.size() < 2)) continue;
        out.push_back(text("the dataset ", person.datasets[i].root().string(), " shows several people (",
                           joined(std::vector<std::string>(known.begin(), known.end())),
                           ") and they are learned as one: choose one with --person, or say who is the same "
                           "with understudy-cast merge"));
      }
    }
  }
  return out;
}

}  // namespace understudy::stages
