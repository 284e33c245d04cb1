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
                                     provenance::Role role, bool name_by_folder, const ConsentGate& gate) {
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
  for (TrainedPerson& person : people) person.faces = std::make_shared<AlignedFaces>(person.datasets);
  return people;
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
                          bool name_by_folder, const ConsentGate& gate) {
  return {open_side(likeness, "likeness", provenance::Role::kLikeness, name_by_folder, gate),
          open_side(performer, "performer", provenance::Role::kPerformer, name_by_folder, gate)};
}

}  // namespace understudy::stages
