#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"
#include "understudy/dataset/overrides.h"
#include "understudy/stages/align.h"
#include "understudy/stages/align_faces.h"
#include "understudy/stages/align_people.h"

namespace understudy::stages {

struct AlignCounts {
  std::int64_t frames = 0, faces = 0;
};

/// One of each for every thread.
struct AlignWorkers {
  std::vector<std::unique_ptr<vision::Landmarker>> landmarkers;
  std::vector<std::unique_ptr<FaceLooker>> lookers;
};

/// The alignment of one source of a dataset.
class SourceAlignment {
 public:
  /// Reads the records that extract wrote and what a person corrected. Damaged records, and corrections of
  /// faces that are not there, become failures in the report. Throws Error kFormat when corrections cannot be
  /// read.
  SourceAlignment(const AlignOptions& options, const dataset::Dataset& dataset, std::string id, Run& run);

  const std::string& id() const { return id_; }
  /// The frames that were extracted.
  const std::vector<std::int64_t>& frames() const { return frames_; }
  /// Those of all frames, in the order in which they begin. They point into this.
  std::vector<TrackToKnow> tracks() const;
  /// Of each track the mean of its good faces; empty where none of them can be used, or when told to stop.
  std::vector<face::Identity> identities(const std::vector<const TrackToKnow*>& tracks,
                                         AlignWorkers& workers);
  /// Who is who, to be set before the rest; must outlive this.
  void set_people(const PeopleOfTracks& people, const PeopleRule& rule);
  /// What is left to do; a dry run moves nothing to trash. Shards that were made before somebody corrected
  /// their faces, or before their people were known, are made anew.
  dataset::PendingWork pending() const;
  /// Aligns and publishes one shard and adds to `counts`. False when told to stop: nothing of the shard is
  /// kept then.
  bool work(const std::vector<std::int64_t>& group, AlignWorkers& workers, AlignCounts& counts);
  /// How steady the tracks of the faces are that were aligned: for the report, a list of objects.
  Json steadiness() const;

 private:
  /// An aligned face whose pictures are written, or why there is none.
  struct Made {
    std::optional<dataset::FaceRecord> record;
    std::string why;
  };

  Json shard_options(const std::vector<std::int64_t>& frames) const;
  std::string corrections_digest(const std::vector<std::int64_t>& frames) const;
  void read_shards();
  void read_corrections();
  void correct(AlignedFace& face, const dataset::Override& correction) const;
  std::string people_digest(const std::vector<std::int64_t>& frames) const;
  void find_missing_landmarks(const std::vector<const ExtractedFace*>& faces, AlignWorkers& workers);
  std::vector<const ExtractedFace*> faces_of(const std::vector<std::int64_t>& frames) const;
  std::vector<const ExtractedFace*> faces_between(std::int64_t first, std::int64_t last) const;
  cv::Mat context_of(const ExtractedFace& face) const;
  void write(dataset::ShardWriter& writer, const std::vector<std::int64_t>& frames, AlignWorkers& workers,
             AlignCounts& counts);
  Made make(const dataset::ShardWriter& writer, const ExtractedFace& face,
            const std::map<FaceKey, face::Landmarks>& smooth, FaceLooker& looker) const;
  bool add(dataset::ShardWriter& writer, const ExtractedFace& face, Made made) const;
  void keep_context(const FaceKey& key, const cv::Mat& context);
  void forget_before(std::int64_t frame);

  const AlignOptions& options_;
  Run& run_;
  std::string id_;
  dataset::Dataset dataset_;
  std::filesystem::path extract_folder_, align_folder_, trash_;
  std::string extract_options_;  ///< digests of the options that extract used
  const PeopleOfTracks* people_ = nullptr;
  PeopleRule rule_;
  std::vector<std::int64_t> frames_;
  FacesByFrame faces_;
  FoundFaces found_;
  std::map<FaceKey, cv::Mat> contexts_;  ///< crops that were read for their landmarks and are to be cut
  ShakeByTrack shake_;
  std::map<FaceKey, std::string> failed_;  ///< faces without usable crop, and why
  std::map<FaceKey, dataset::Override> corrections_;
};

}  // namespace understudy::stages
