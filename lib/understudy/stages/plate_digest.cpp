#include "understudy/stages/plate_digest.h"

#include "understudy/core/sha256.h"
#include "understudy/media/sequence_path.h"

namespace understudy::stages {

std::string plate_digest(const media::SourceInfo& info) {
  if (!info.is_sequence) return sha256_file(info.path);
  std::string all;
  for (const auto& picture : media::list_pictures(info.path))
    all += picture.path.filename().string() + '\n' + sha256_file(picture.path) + '\n';
  return sha256(all);
}

}  // namespace understudy::stages
