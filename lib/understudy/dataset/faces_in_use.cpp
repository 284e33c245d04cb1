#include "understudy/dataset/faces_in_use.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace understudy::dataset {
namespace {

std::vector<FaceRecord> all_aligned(const Dataset& dataset, const std::string& source) {
  std::vector<FaceRecord> out;  // removed faces too: their corrections hold for their tracks
  std::vector<BadLine> told_elsewhere;
  for (const Shard& shard : list_shards(dataset.stage_folder("align", source)))
    std::ranges::move(read_all_records(shard, told_elsewhere), std::back_inserter(out));
  return out;
}

std::vector<const FaceRecord*> views_of(const std::vector<FaceRecord>& records) {
  std::vector<const FaceRecord*> out;
  for (const FaceRecord& record : records) out.push_back(&record);
  return out;
}

using Names = std::map<std::pair<std::int64_t, int>, std::string>;  // by the face where each begins to hold
using NamesByTrack = std::map<std::string, Names>;
using NamesByPerson = std::map<std::string, std::set<std::string>>;

/// The name that holds at a face.
const std::string& name_at(const Names& names, const std::pair<std::int64_t, int>& face) {
  const auto after = names.upper_bound(face);
  return after == names.begin() ? after->second : std::prev(after)->second;
}

NamesByTrack names_of_tracks(const std::vector<Override>& corrections,
                             const std::vector<FaceRecord>& records) {
  std::map<std::pair<std::int64_t, int>, const FaceRecord*> by_face;
  for (const FaceRecord& record : records) by_face[{record.frame, record.face}] = &record;
  NamesByTrack out;
  for (const auto& [face, correction] : match_overrides(corrections, views_of(records)).by_face)
    if (!correction.track_identity.empty()) out[by_face.at(face)->track][face] = correction.track_identity;
  return out;
}

/// Gives the other tracks of people that have one name this name.
void spread_names(const std::vector<FaceRecord>& records, const NamesByPerson& people, NamesByTrack& tracks) {
  NamesByTrack spread;
  for (const FaceRecord& record : records) {
    const auto given = people.find(record.person);
    if (tracks.contains(record.track) || record.person.empty()) continue;
    const bool named = given != people.end() && given->second.size() == 1;
    spread[record.track][{record.frame, record.face}] = named ? *given->second.begin() : record.person;
  }
  tracks.merge(spread);
}

}  // namespace

FacesInUse::FacesInUse(const Dataset& dataset) {
  bool tracks_are_named = false;
  for (const std::string& source : dataset.sources()) {
    std::vector<Override>& corrections = sources_[source].corrections;
    corrections = read_overrides(dataset, source);
    tracks_are_named = tracks_are_named || std::ranges::any_of(corrections, [](const Override& correction) {
                         return !correction.track_identity.empty();
                       });
  }
  if (tracks_are_named) name_tracks(dataset);
}

void FacesInUse::name_tracks(const Dataset& dataset) {
  std::map<std::string, std::vector<FaceRecord>> aligned;
  NamesByPerson people;  // those that align found
  for (auto& [source, its] : sources_) {
    const std::vector<FaceRecord>& records = aligned[source] = all_aligned(dataset, source);
    its.by_track = names_of_tracks(its.corrections, records);
    for (const FaceRecord& record : records)
      if (const auto track = its.by_track.find(record.track); track != its.by_track.end())
        for (const auto& [face, name] : track->second) people[record.person].insert(name);
  }
  for (auto& [source, its] : sources_) spread_names(aligned[source], people, its.by_track);
}

std::vector<FaceRecord> FacesInUse::read(const Shard& shard, std::vector<BadLine>& bad) const {
  std::vector<FaceRecord> records = read_records(shard, bad);
  const auto found = sources_.find(shard.info.source);
  if (found == sources_.end()) return records;
  const SourceNames& its = found->second;
  const auto matched = match_overrides(its.corrections, views_of(records)).by_face;
  const auto correction_of = [&](const FaceRecord& record) {
    const auto correction = matched.find({record.frame, record.face});
    return correction == matched.end() ? nullptr : &correction->second;
  };
  std::erase_if(records, [&](const FaceRecord& record) {
    const Override* correction = correction_of(record);
    return correction && correction->skip;
  });
  for (FaceRecord& record : records) {
    const Override* correction = correction_of(record);
    const auto track = its.by_track.find(record.track);
    if (correction && !correction->identity.empty())
      record.person = correction->identity;
    else if (track != its.by_track.end())
      record.person = name_at(track->second, {record.frame, record.face});
  }
  return records;
}

std::string person_id(const FaceRecord& record) {
  return record.person.empty() ? text(record.source, ":", record.track) : record.person;
}

}  // namespace understudy::dataset
