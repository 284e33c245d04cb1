#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/dataset/dataset.h"
#include "understudy/face/people.h"
#include "understudy/stages/align_tracks.h"
#include "understudy/vision/embedder.h"

namespace understudy::stages {

/// A track of a source whose person is asked for, with its faces by frame.
struct TrackToKnow {
  std::string source, track;
  std::string extract;  ///< digest of the options that its source was extracted or imported with
  std::vector<const ExtractedFace*> faces;
};

/// How tracks are told apart.
struct PeopleRule {
  std::string embedder;  ///< Embedder::name()
  double same_person = 0;
};

/// What the people of a dataset were told apart by. Throws Error kInput when they were not, and kFormat.
PeopleRule people_rule_of(const dataset::Dataset& dataset);

/// The embedder of people_rule_of(). Throws Error kFormat when `model_dir` holds another network.
std::unique_ptr<vision::Embedder> embedder_of(const dataset::Dataset& dataset,
                                              const std::filesystem::path& model_dir);

/// Whose face each track of a dataset shows. Decided once for every track, from all tracks that there are,
/// and kept in align/people.jsonl: a source that comes later changes nobody's name.
class PeopleOfTracks {
 public:
  /// Reads what was decided before. Throws Error kUsage when that was by another rule, unless `replace` says
  /// to begin anew, and kFormat.
  PeopleOfTracks(const dataset::Dataset& dataset, const PeopleRule& rule, bool replace);

  /// The tracks that nothing was decided of.
  std::vector<const TrackToKnow*> unknown(const std::vector<TrackToKnow>& tracks) const;
  /// Decides about `tracks`, all those of these `sources`, and writes it down; `identities` are those of
  /// unknown(tracks). What was decided of other sources that the dataset has stays.
  void decide(const std::set<std::string>& sources, const std::vector<TrackToKnow>& tracks,
              std::vector<face::Identity> identities);

  /// Empty for a track that was not decided about.
  std::string person(const std::string& source, const std::string& track) const;
  /// The joins that somebody should look at.
  const std::vector<face::UncertainPair>& uncertain() const { return uncertain_; }

 private:
  struct Decided {
    std::string extract, person;
    face::Identity identity;
  };
  using Key = std::pair<std::string, std::string>;  // source and track

  void read(bool replace);
  void write() const;
  const Decided* find(const TrackToKnow& track) const;

  std::filesystem::path path_;
  std::vector<std::string> sources_;  ///< the dataset's
  PeopleRule rule_;
  std::map<Key, Decided> decided_;
  std::vector<face::UncertainPair> uncertain_;
};

/// For the report: people with their tracks and faces.
Json people_json(const std::vector<TrackToKnow>& tracks, const PeopleOfTracks& people);

/// A few good faces of a track: large, sure, seen by the detector, spread over it.
std::vector<const ExtractedFace*> good_faces(const std::vector<const ExtractedFace*>& of_track);

}  // namespace understudy::stages
