#include "understudy/dataset/removal.h"

#include <algorithm>

namespace fs = std::filesystem;

namespace understudy::dataset {

FaceName name_of(const FaceRecord& record) {
  return {record.source, record.frame, record.face};
}

fs::path new_trash_folder(const Dataset& dataset) {
  make_folder(dataset.trash());
  for (int number = 1;; ++number) {
    const fs::path folder = dataset.trash() / text("removed-", number);
    std::error_code error;
    if (fs::create_directory(folder, error)) return folder;
    if (error)
      throw Error(ErrorCode::kResource,
                  text("cannot make the folder ", folder.string(), ": ", error.message()),
                  "check that the place exists and may be written");
  }
}

void move_below(const Dataset& dataset, const fs::path& path, const fs::path& trash) {
  const fs::path target = trash / path.lexically_relative(dataset.root());
  make_folder(target.parent_path());
  std::error_code error;
  fs::rename(path, target, error);
  if (error)
    throw Error(ErrorCode::kResource,
                text("cannot move ", path.string(), " to ", target.string(), ": ", error.message()));
}

fs::path remove_faces(const Dataset& dataset, const std::set<FaceName>& faces) {
  const fs::path trash = new_trash_folder(dataset);
  std::vector<std::string> stages = dataset.stages();
  std::stable_partition(stages.begin(), stages.end(),
                        [](const std::string& stage) { return stage != "align"; });
  std::set<std::string> sources;
  for (const auto& [source, frame, face] : faces) sources.insert(source);
  std::vector<BadLine> unread;
  for (const std::string& stage : stages)
    for (const std::string& source : sources)
      for (const Shard& shard : list_shards(dataset.stage_folder(stage, source)))
        for (const FaceRecord& record : read_records(shard, unread)) {
          if (!faces.contains(name_of(record))) continue;
          // The picture is last: while it is there, the face is.
          if (!record.mask.empty() && fs::exists(shard.folder / record.mask))
            move_below(dataset, shard.folder / record.mask, trash);
          move_below(dataset, shard.folder / record.image, trash);
        }
  return trash;
}

}  // namespace understudy::dataset
