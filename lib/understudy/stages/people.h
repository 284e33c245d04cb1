#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "understudy/stages/faces_list.h"

namespace understudy::stages {

/// A person's faces in use, by source, frame and face.
struct PersonFaces {
  std::string id;  ///< see dataset::person_id()
  std::vector<const ListedFace*> faces;

  /// The frames of each source.
  std::map<std::string, std::set<std::int64_t>> frames() const;
  /// The frames of each source in which the person has two faces or more: there two people are taken for one.
  std::map<std::string, std::set<std::int64_t>> frames_with_two() const;
};

/// Those with most faces first.
std::vector<PersonFaces> people_of(const std::vector<ListedFace>& faces);

/// Frames as runs, as in "1-100, 105"; of many runs the first.
std::string runs_of(const std::set<std::int64_t>& frames);

/// A sentence for each source in which a person has two faces in a frame: where, and how to part them.
std::vector<std::string> doubles_of(const PersonFaces& person, const dataset::Dataset& dataset);

}  // namespace understudy::stages
