#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"
#include "understudy/dataset/removal.h"

namespace understudy {
class Report;
}

namespace understudy::stages {

/// An aligned face that is in use, and where it lies.
struct ListedFace {
  std::filesystem::path folder;  ///< of its shard
  dataset::FaceRecord record;

  std::filesystem::path picture() const { return folder / record.image; }
};

/// Calls `visit` for the aligned faces that are in use, by source, frame and face: of everybody, or of
/// `person`; false ends it. No more than a shard's are in memory at once. Damaged lines become failures in
/// the report. Throws Error kInput when there is none, kUsage when nobody has that name.
void each_face(const dataset::Dataset& dataset, Report& report, const std::string& person,
               const std::function<bool(ListedFace face)>& visit);

/// The face without what takes most memory: landmarks, identity and digests.
ListedFace to_be_kept(ListedFace face);

/// All of them at once, as they are to be kept.
std::vector<ListedFace> list_faces(const dataset::Dataset& dataset, Report& report,
                                   const std::string& person = {});

/// How many faces were aligned, removed ones too: the most that each_face() can visit.
std::int64_t published_faces(const dataset::Dataset& dataset);

/// Faces as lines "PATH, tab, VALUE", or as a JSON list of objects with source, frame, face, path and `name`.
struct FaceLine {
  const ListedFace* face;
  Json value;
};
std::string face_lines(const std::vector<FaceLine>& lines, const char* name, bool json);

/// A new folder of links, numbered in this order, to the pictures. Throws Error kUsage when there is
/// something already.
void link_faces(const std::vector<FaceLine>& lines, const std::filesystem::path& folder);

/// Throws Error kUsage when `folder` is there and not empty.
void need_new_folder(const std::filesystem::path& folder);

}  // namespace understudy::stages
