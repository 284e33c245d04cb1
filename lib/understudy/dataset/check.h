#pragma once

#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"

namespace understudy::dataset {

/// What a look at every byte of a dataset found.
struct CheckResult {
  std::int64_t shards = 0;
  std::int64_t faces = 0;
  std::int64_t removed = 0;           ///< records whose picture a person deleted
  std::vector<std::string> problems;  ///< one sentence each
};

/// Reads every byte: the header, the consent record, the sources, what was corrected, and every shard of
/// every stage with its records and each picture's digest, pixels and own record.
CheckResult check_dataset(const Dataset& dataset);

}  // namespace understudy::dataset
