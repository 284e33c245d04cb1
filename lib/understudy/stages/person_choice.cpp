#include "understudy/stages/person_choice.h"

namespace understudy::stages {

bool PersonChoice::takes(const dataset::FaceRecord& record) {
  if (name_.empty()) return true;
  return *seen_.insert(dataset::person_id(record)).first == name_;
}

void PersonChoice::check(const dataset::Dataset& dataset) const {
  if (!name_.empty() && !seen_.contains(name_)) throw no_such_person(name_, seen_, dataset);
}

Error no_such_person(const std::string& names, const std::set<std::string>& there,
                     const dataset::Dataset& dataset) {
  return {ErrorCode::kUsage,
          text("nobody in the dataset ", dataset.root().string(), " is called '", names, "'"),
          there.empty() ? "it shows nobody"
                        : text("it shows: ", joined(std::vector<std::string>(there.begin(), there.end())))};
}

}  // namespace understudy::stages
