#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"

namespace understudy::dataset {

/// Whose word counts when a picture is not the one that was noted.
enum class Digests {
  kKeep,  ///< the old line's, so that a check still tells of the change
  kNew,   ///< the picture's, as it is now
};

struct Reindexed {
  std::int64_t faces = 0;
  std::vector<std::string> problems;  ///< pictures without a record of their own that fits, one sentence each
};

/// Writes faces.jsonl of a shard anew from the records that its pictures carry, and its digest into
/// shard.json. Lines of removed faces that can be read are kept. Throws Error kInput and kFormat for a
/// shard.json that cannot be read, since nothing else knows how the shard was made; kResource.
Reindexed reindex_shard(const std::filesystem::path& folder, Digests digests);

}  // namespace understudy::dataset
