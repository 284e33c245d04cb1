#include "understudy/stages/merge_visible.h"

#include <map>
#include <utility>
#include <vector>

#include "understudy/compose/mask.h"
#include "understudy/dataset/overrides.h"
#include "understudy/dataset/shard.h"

namespace understudy::stages {
namespace {

using FaceKey = std::pair<std::int64_t, int>;  ///< frame and face

const std::string kOutlines = "hull";  // what align's masks are where its shards say nothing of them

/// The faces whose masks were drawn by hand.
std::map<FaceKey, dataset::Override> drawn_masks(const std::vector<dataset::Override>& corrections,
                                                 const std::vector<dataset::FaceRecord>& records) {
  std::vector<const dataset::FaceRecord*> all;
  for (const dataset::FaceRecord& record : records) all.push_back(&record);
  auto matched = dataset::match_overrides(corrections, all).by_face;
  std::erase_if(matched, [](const auto& each) { return each.second.mask.empty(); });
  return matched;
}

}  // namespace

void note_visible_masks(const dataset::Dataset& dataset, const std::string& source, MergeJob& job) {
  if (!job.shot.uses([](const MergeLook& look) { return compose::mask_modes().at(look.mask).takes_visible; }))
    return;
  std::map<FaceKey, StoredMask> visible;
  std::vector<dataset::BadLine> told_by_others;
  const std::vector<dataset::Override> corrections = dataset::read_overrides(dataset, source);
  for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source))) {
    const std::vector<dataset::FaceRecord> records = dataset::read_records(shard, told_by_others);
    const std::string kind = json_field_or<std::string>(shard.info.options, "mask", kOutlines,
                                                        (shard.folder / "shard.json").string());
    const auto drawn = drawn_masks(corrections, records);
    for (const dataset::FaceRecord& record : records) {
      const FaceKey key{record.frame, record.face};
      if ((kind == kOutlines && !drawn.contains(key)) || record.mask.empty()) continue;
      if (!record.aligned_from_frame)
        throw Error(ErrorCode::kFormat,
                    text((shard.folder / record.image).string(), " has no place in the frame"),
                    "delete the shard and run understudy-align again");
      visible[key] = {shard.folder / record.mask, record.mask_sha256, *record.aligned_from_frame};
    }
  }
  for (auto& [frame, faces] : job.converted.faces) {
    for (SwapRecord& face : faces) {
      const auto found = visible.find({frame, face.record.face});
      if (found == visible.end() || !face.record.aligned_from_frame) continue;
      face.visible = found->second;
      // From here on its place is in the crop, with which it may be moved to where a gap is bridged.
      face.visible->crop_from_mask =
          face::compose(*face.record.aligned_from_frame, face::inverse(found->second.crop_from_mask));
    }
  }
}

}  // namespace understudy::stages
