#pragma once

#include <string>

#include "understudy/dataset/shard.h"

namespace understudy::stages {

/// Family and size of a dataset's aligned crops, as align noted them in its shards.
struct CropFormat {
  std::string family;
  int size = 0;
  bool operator==(const CropFormat&) const = default;
};

/// What a shard of the align stage says of its crops. Throws Error kFormat when it says nothing.
CropFormat crop_format(const dataset::Shard& align_shard);

}  // namespace understudy::stages
