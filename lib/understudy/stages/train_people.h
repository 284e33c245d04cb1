#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"
#include "understudy/stages/consent_gate.h"

namespace understudy::stages {

class AlignedFaces;
struct CropFormat;

/// A person of a model and the faces it is learned from.
struct TrainedPerson {
  std::string name;
  std::vector<dataset::Dataset> datasets;
  std::shared_ptr<const AlignedFaces> faces;
};

/// The people of both sides.
struct TrainedPeople {
  std::vector<TrainedPerson> likenesses, performers;

  std::vector<dataset::Dataset> datasets_of(const std::vector<TrainedPerson>& side) const;
  std::size_t faces_of(const std::vector<TrainedPerson>& side) const;
  /// Of all faces. Throws Error kFormat when sides differ.
  CropFormat format() const;
};

/// Each entry is DATASET or NAME=DATASET; datasets of one name are one person. Without a name: the side's own
/// ("likeness", "performer"), or the folder's in a network for many. Throws Error kUsage for a name that is
/// none, kInput, kFormat and kRefused as ConsentGate::open() and AlignedFaces do. With `shown` datasets that
/// show one of these people give those faces alone; throws Error kUsage for one whom no dataset shows.
TrainedPeople open_people(const std::vector<std::string>& likeness, const std::vector<std::string>& performer,
                          const std::vector<std::string>& shown, bool name_by_folder,
                          const ConsentGate& gate);

/// A sentence for each dataset that shows several people who are all learned as one.
std::vector<std::string> mixed_people(const TrainedPeople& people, const std::vector<std::string>& shown);

}  // namespace understudy::stages
