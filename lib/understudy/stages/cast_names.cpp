#include "understudy/stages/cast_names.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "understudy/dataset/faces_in_use.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

using dataset::FaceRecord;
using dataset::Override;
using FaceKey = std::pair<std::int64_t, int>;

FaceKey key_of(const FaceRecord& record) {
  return {record.frame, record.face};
}

/// The corrections of one source, each at the face that it is of now.
class SourceCorrections {
 public:
  SourceCorrections(const dataset::Dataset& dataset, std::string source) : source_(std::move(source)) {
    std::vector<dataset::BadLine> told_elsewhere;
    std::vector<FaceRecord> records;  // removed faces too: names may begin at them
    for (const dataset::Shard& shard : dataset::list_shards(dataset.stage_folder("align", source_)))
      std::ranges::move(dataset::read_all_records(shard, told_elsewhere), std::back_inserter(records));
    std::vector<const FaceRecord*> views;
    for (const FaceRecord& record : records) views.push_back(&record);
    auto matched = dataset::match_overrides(dataset::read_overrides(dataset, source_), views);
    unmatched_ = std::move(matched.unmatched);
    for (const FaceRecord& record : records) {
      const auto found = matched.by_face.find(key_of(record));
      if (found == matched.by_face.end()) continue;
      Override& correction = found->second;
      correction.face = record.face;
      correction.box = record.box;
      tracks_.emplace(found->first, record.track);
      by_face_.emplace(found->first, std::move(correction));
    }
  }

  /// Forgets what the tracks are called.
  void clear(const std::set<std::string>& tracks) {
    for (auto& [key, correction] : by_face_)
      if (tracks.contains(tracks_.at(key))) correction.track_identity.clear();
  }

  bool has_name_of_its_own(const FaceRecord& record) const {
    const auto found = by_face_.find(key_of(record));
    return found != by_face_.end() && !found->second.identity.empty();
  }

  Override& at(const FaceRecord& record) {
    const auto [place, is_new] = by_face_.try_emplace(key_of(record));
    if (is_new) {
      place->second.source = source_;
      place->second.frame = record.frame;
      place->second.face = record.face;
      place->second.box = record.box;
    }
    return place->second;
  }

  void write(const dataset::Dataset& dataset) const {
    std::vector<Override> all;
    for (const Override& old : unmatched_) {
      if (by_face_.contains({old.frame, old.face}))
        throw Error(ErrorCode::kUsage, dataset::unmatched_sentence(old),
                    text("take it back: understudy-faces edit ", dataset.root().string(), " --source ",
                         source_, " --frame ", old.frame, " --face ", old.face, " --clear"));
      all.push_back(old);
    }
    for (const auto& [key, correction] : by_face_)
      if (correction.says_something() || !correction.track_identity.empty()) all.push_back(correction);
    dataset::write_overrides(dataset, source_, all);
  }

 private:
  std::string source_;
  std::map<FaceKey, Override> by_face_;
  std::map<FaceKey, std::string> tracks_;
  std::vector<Override> unmatched_;
};

}  // namespace

std::vector<fs::path> write_names(const dataset::Dataset& dataset, const std::vector<ListedFace>& faces,
                                  const WantedNames& wanted) {
  std::map<std::string, std::set<std::string>> tracks;  // by source
  for (const auto& [face, name] : wanted) tracks[face->record.source].insert(face->record.track);
  std::vector<fs::path> written;
  for (const auto& [source, named] : tracks) {
    SourceCorrections corrections(dataset, source);
    corrections.clear(named);
    std::map<std::string, std::string> holds;  // by track
    for (const ListedFace& face : faces) {
      const FaceRecord& record = face.record;
      if (record.source != source || !named.contains(record.track)) continue;
      const auto given = wanted.find(&face);
      const std::string name = given == wanted.end() ? dataset::person_id(record) : given->second;
      if (corrections.has_name_of_its_own(record)) {
        corrections.at(record).identity = name;
      } else if (std::string& before = holds[record.track]; before != name) {
        corrections.at(record).track_identity = name;
        before = name;
      }
    }
    corrections.write(dataset);
    written.push_back(dataset.root() / "overrides" / (source + ".jsonl"));
  }
  return written;
}

}  // namespace understudy::stages
