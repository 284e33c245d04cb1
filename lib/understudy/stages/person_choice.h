#pragma once

#include <set>
#include <string>
#include <vector>

#include "understudy/dataset/faces_in_use.h"

namespace understudy::stages {

/// A choice of one person's faces from a dataset.
class PersonChoice {
 public:
  /// An empty name takes everybody.
  explicit PersonChoice(std::string name) : name_(std::move(name)) {}

  bool takes(const dataset::FaceRecord& record);
  /// Takes the others' faces out.
  void keep(std::vector<dataset::FaceRecord>& records) {
    std::erase_if(records, [&](const dataset::FaceRecord& record) { return !takes(record); });
  }
  /// After all faces were seen: throws Error kUsage, with the people there are, when nobody has the name.
  void check(const dataset::Dataset& dataset) const;

 private:
  std::string name_;
  std::set<std::string> seen_;
};

/// What to say when a dataset shows none of the people who are asked for. Error kUsage.
Error no_such_person(const std::string& names, const std::set<std::string>& there,
                     const dataset::Dataset& dataset);

}  // namespace understudy::stages
