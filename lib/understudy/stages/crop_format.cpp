#include "understudy/stages/crop_format.h"

namespace understudy::stages {

CropFormat crop_format(const dataset::Shard& align_shard) {
  const std::string where = (align_shard.folder / "shard.json").string();
  return {json_field<std::string>(align_shard.info.options, "crop", where),
          json_field<int>(align_shard.info.options, "size", where)};
}

}  // namespace understudy::stages
