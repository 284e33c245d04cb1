#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/stages/common.h"

namespace understudy::stages {

/// What the verbs of understudy-cast share. People are called by their names, or by their ids (see
/// dataset::person_id()) where they have none. Nobody who is called otherwise: Error kUsage with the people
/// there are.
struct CastOptions {
  ConsentOptions consents;
  std::filesystem::path dataset;
};

struct ListPeopleOptions : CastOptions {
  bool json = false;
  std::filesystem::path sheets;  ///< a new folder for a contact sheet of each person; empty: none
};
/// Prints the people with their tracks, faces, frames and sources, those with most faces first. Two faces of
/// a person in one frame are warned of.
Outcome list_people(const ListPeopleOptions& options, Run& run);

struct NamePersonOptions : CastOptions {
  std::string person, name;
};
/// Throws Error kUsage when another person has the name.
Outcome name_person(const NamePersonOptions& options, Run& run);

struct MergePeopleOptions : CastOptions {
  std::vector<std::string> people;  ///< two at least, who become the first
};
/// Two of them in one frame are warned of.
Outcome merge_people(const MergePeopleOptions& options, Run& run);

struct SplitPersonOptions : CastOptions {
  std::string person;
  std::vector<std::string> tracks;  ///< TRACK or SOURCE:TRACK; empty: all of the person's
  std::string frames;               ///< of these, a FrameSet; empty: all
  std::string name;                 ///< of the new person; empty: SOURCE:TRACK of its first face
};
/// Throws Error kUsage when neither tracks nor frames are given, for a track that the person does not have,
/// and when all or none of the person's faces would go.
Outcome split_person(const SplitPersonOptions& options, Run& run);

}  // namespace understudy::stages
